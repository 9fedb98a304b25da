using GrokForge.Contracts.Clearance;
using GrokForge.Contracts.Events;
using GrokForge.Contracts.Tests.TokenPool;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Solver;
using GrokForge.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.CfRefresh;

/// <summary>What clearances promise, wherever their service lives: one solve for all who want one, told as one unit, kept over restarts.</summary>
public abstract class ClearancesContract : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly List<ClearancesUnderTest> _started = [];
    private SimulatedUpstream _simulator = null!;
    private PoolBackEnd _backEnd = null!;

    protected abstract bool OverGrpc { get; }

    private TokenScript Solver => _simulator.Grok.Solver.Scripts.ForAnyToken;

    private int Solves => _simulator.Grok.Solves.Count;

    private ProxyOptions Proxy => new() { Enabled = true, FlareSolverrUrl = _simulator.BaseAddress.ToString() };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected abstract Task<PoolBackEnd> NewBackEndAsync();

    public async ValueTask InitializeAsync()
    {
        _backEnd = await NewBackEndAsync();
        _simulator = await SimulatedUpstream.StartAsync(Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _simulator.Grok.Gate("solve").Open();
        foreach (var replica in _started)
            await replica.DisposeAsync();
        var violations = _simulator.Grok.Violations;
        await _simulator.DisposeAsync();
        await _backEnd.DisposeAsync();
        Assert.Empty(violations);
    }

    [Fact]
    public async Task At_start_the_solver_is_asked_and_its_cookies_and_user_agent_are_told_together()
    {
        var replica = await StartAsync(Proxy);
        var reply = await replica.UntilAsync(r => r.Available);
        Assert.Equal(SimulatedSolver.UserAgent, reply.UserAgent);
        Assert.Equal("chrome_142", reply.Browser);
        Assert.StartsWith("cf_clearance=solved-1-", _backEnd.Protector.Unprotect(reply.ProtectedCookies.Span), StringComparison.Ordinal);
        Assert.Equal((true, 0, _time.GetUtcNow().ToUnixTimeMilliseconds() + 3600_000L), (reply.Status.Enabled, reply.Status.Failures, reply.Status.NextRunAt));
        var solve = Assert.Single(_simulator.Grok.Solves);
        Assert.Contains("\"url\":\"https://grok.com\"", solve.Text, StringComparison.Ordinal);
        Assert.Contains("\"maxTimeout\":60000", solve.Text, StringComparison.Ordinal);
        Assert.Equal(new ClearanceRefreshed("direct", reply.Version), Assert.Single(replica.Events.Of<ClearanceRefreshed>()));
    }

    [Fact]
    public async Task A_crowd_that_met_a_challenge_gets_one_solve()
    {
        var replica = await StartAsync(Proxy);
        var first = await replica.UntilAsync(r => r.Available);
        _time.Advance(TimeSpan.FromSeconds(61));
        Solver.Next(_simulator.Grok.Solver.Solution("second", SimulatedSolver.UserAgent).HeadersAtGate("solve"));
        var crowd = Enumerable.Range(0, 20).Select(_ => replica.ChallengeAsync(first.Version)).ToList();
        await _simulator.Grok.UntilAsync(g => g.Gate("solve").Waiting == 1, Cancelled);
        Assert.True((await replica.CurrentAsync()).Status.Solving);
        _simulator.Grok.Gate("solve").Open();
        var replies = await Task.WhenAll(crowd);
        Assert.Equal(2, Solves);
        Assert.All(replies, r => Assert.NotEqual(first.Version, r.Version));
        Assert.All(replies, r => Assert.StartsWith("cf_clearance=second;", _backEnd.Protector.Unprotect(r.ProtectedCookies.Span), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_challenge_soon_after_a_solve_asks_for_none_and_a_later_version_is_told_at_once()
    {
        var replica = await StartAsync(Proxy);
        var first = await replica.UntilAsync(r => r.Available);
        Assert.Equal(first.Version, (await replica.ChallengeAsync(first.Version)).Version);
        Assert.Equal(1, Solves);

        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(first.Version, (await replica.ChallengeAsync("")).Version);
        Assert.Equal(1, Solves);
    }

    [Fact]
    public async Task The_solver_is_asked_again_every_interval()
    {
        var replica = await StartAsync(Proxy);
        var first = await replica.UntilAsync(r => r.Available);
        await replica.MoveTimeAsync(TimeSpan.FromSeconds(3500));
        Assert.Equal(1, Solves);
        await replica.MoveTimeAsync(TimeSpan.FromSeconds(101));
        Assert.NotEqual(first.Version, (await replica.UntilAsync(r => r.Version != first.Version)).Version);
        Assert.Equal(2, Solves);
    }

    [Fact]
    public async Task A_solver_that_fails_is_told_of_left_alone_for_a_while_and_asked_again()
    {
        Solver.Next(SimulatedSolver.Failure("Error: Error solving the challenge. Timeout after 60.0 seconds."));
        var replica = await StartAsync(Proxy);
        var failed = await replica.UntilAsync(r => r.Status.Failures == 1);
        Assert.Equal((false, "the solver says: Error: Error solving the challenge. Timeout after 60.0 seconds."), (failed.Available, failed.Status.Error));
        Assert.Equal(_time.GetUtcNow().AddSeconds(30).ToUnixTimeMilliseconds(), failed.Status.NextRunAt);
        await replica.UntilAsync(_ => replica.Health.Entries.Count > 0);
        var entry = Assert.Single(replica.Health.Entries);
        Assert.Equal((ReadinessLevel.Degraded, "clearance"), (entry.Level, entry.Name));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => replica.ChallengeAsync("")));
        Assert.All(answers, a => Assert.False(a.Available));
        Assert.Equal(1, Solves);

        await replica.MoveTimeAsync(TimeSpan.FromSeconds(31));
        var solved = await replica.UntilAsync(r => r.Available);
        Assert.Equal((0, 2), (solved.Status.Failures, Solves));
        await replica.UntilAsync(_ => replica.Health.Entries.Count == 0);
    }

    [Fact]
    public async Task A_clearance_outlives_a_restart_and_a_start_right_after_one_solves_nothing()
    {
        var before = await StartAsync(Proxy);
        var told = await before.UntilAsync(r => r.Available);
        _started.Remove(before);
        await before.DisposeAsync();

        var after = await StartAsync(Proxy);
        var again = await after.CurrentAsync();
        Assert.Equal((told.Version, told.ProtectedCookies, told.UserAgent), (again.Version, again.ProtectedCookies, again.UserAgent));
        await after.MoveTimeAsync(TimeSpan.FromSeconds(300));
        Assert.Equal(1, Solves);
    }

    [Fact]
    public async Task A_start_long_after_the_last_solve_solves_anew()
    {
        var before = await StartAsync(Proxy);
        var told = await before.UntilAsync(r => r.Available);
        _started.Remove(before);
        await before.DisposeAsync();

        _time.Advance(TimeSpan.FromSeconds(120));
        var after = await StartAsync(Proxy);
        await after.UntilAsync(r => r.Available && r.Version != told.Version);
        Assert.Equal(2, Solves);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_solver_nothing_is_solved_or_waited_for(bool enabled)
    {
        var replica = await StartAsync(enabled ? Proxy with { FlareSolverrUrl = "" } : Proxy with { Enabled = false });
        var reply = await replica.ChallengeAsync("");
        Assert.Equal((false, false, 0), (reply.Available, reply.Status.Enabled, Solves));
    }

    [Fact]
    public async Task A_solver_that_is_named_while_running_is_asked_at_once()
    {
        var replica = await StartAsync(Proxy with { Enabled = false });
        Assert.False((await replica.CurrentAsync()).Available);
        replica.Settings.Replace(new SettingsSnapshot { Proxy = Proxy });
        await replica.UntilAsync(r => r.Available);
    }

    [Fact]
    public async Task A_wait_ends_before_a_slow_solve_and_what_it_brings_is_kept()
    {
        Solver.Next(_simulator.Grok.Solver.Solution("late", SimulatedSolver.UserAgent).HeadersAtGate("solve"));
        var replica = await StartAsync(Proxy);
        await _simulator.Grok.UntilAsync(g => g.Gate("solve").Waiting == 1, Cancelled);
        Assert.False((await replica.ChallengeAsync("", waitSeconds: 0)).Available);
        var waiting = replica.ChallengeAsync("", waitSeconds: 5);
        while (!waiting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancelled);
        }
        Assert.False((await waiting).Available);

        _simulator.Grok.Gate("solve").Open();
        await replica.UntilAsync(r => r.Available);
        Assert.Equal(1, Solves);
    }

    [Fact]
    public async Task A_proxys_credentials_go_to_the_solver_and_nowhere_else()
    {
        Solver.Next(SimulatedSolver.Failure("net::ERR_PROXY_CONNECTION_FAILED at http://joe:s3cr%40t@proxy.example:3128 (s3cr@t)"));
        var proxy = Proxy with { BaseProxyUrl = "socks5h://joe:s3cr%40t@proxy.example:3128" };
        var replica = await StartAsync(proxy);
        var reply = await replica.UntilAsync(r => r.Status.Failures == 1);
        var solve = Assert.Single(_simulator.Grok.Solves).Text;
        Assert.Contains("\"proxy\":{\"url\":\"socks5://proxy.example:3128\",\"username\":\"joe\",\"password\":\"s3cr@t\"}", solve, StringComparison.Ordinal);
        var health = Assert.Single(replica.Health.Entries).Reason;
        foreach (var shown in (string[])[reply.ToString(), health])
        {
            Assert.DoesNotContain("joe", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cr", shown, StringComparison.Ordinal);
        }
        Assert.Contains("socks5h://proxy.example:3128#", health, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_that_leave_by_a_proxy_of_their_own_have_a_clearance_of_their_own()
    {
        var replica = await StartAsync(Proxy with { AssetProxyUrl = "http://assets.example:3128" });
        await replica.UntilAsync(r => r.Available);
        await _simulator.Grok.UntilAsync(g => g.Solves.Count == 2, Cancelled);
        Assert.Single(_simulator.Grok.Solves, s => s.Text.Contains("http://assets.example:3128", StringComparison.Ordinal));
        ClearanceReply apart;
        do
        {
            apart = await replica.Clearances.CurrentAsync(new CurrentClearanceRequest { Egress = "http://assets.example:3128" }, Cancelled);
        }
        while (!apart.Available);
    }

    [Fact]
    public async Task What_is_stored_shows_no_cookie()
    {
        var replica = await StartAsync(Proxy);
        var reply = await replica.UntilAsync(r => r.Available);
        Assert.DoesNotContain("solved-1", System.Text.Encoding.Latin1.GetString(reply.ProtectedCookies.Span), StringComparison.Ordinal);
    }

    private protected async Task<ClearancesUnderTest> StartAsync(ProxyOptions proxy)
    {
        var replica = await ClearancesUnderTest.StartAsync(_backEnd, proxy, _time, OverGrpc);
        _started.Add(replica);
        return replica;
    }

    /// <summary>Two replicas, on whose database one solve is enough for both.</summary>
    private protected async Task TwoReplicasSolveOnceAsync()
    {
        Solver.Next(_simulator.Grok.Solver.Solution("first", SimulatedSolver.UserAgent).HeadersAtGate("solve"));
        ClearancesUnderTest[] replicas = [await StartAsync(Proxy), await StartAsync(Proxy)];
        await _simulator.Grok.UntilAsync(g => g.Gate("solve").Waiting == 1, Cancelled);
        _simulator.Grok.Gate("solve").Open();
        var told = await Task.WhenAll(replicas.Select(r => r.UntilAsync(c => c.Available)));
        Assert.Equal(told[0].Version, told[1].Version);

        _time.Advance(TimeSpan.FromSeconds(61));
        var crowd = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => replicas[i % 2].ChallengeAsync(told[0].Version)));
        Assert.Single(crowd.Select(c => c.Version).Distinct());
        Assert.NotEqual(told[0].Version, crowd[0].Version);
        Assert.Equal(2, Solves);
    }
}

/// <summary>Clearances in process, on SQLite.</summary>
public sealed class ClearancesInProcess : ClearancesContract
{
    protected override bool OverGrpc => false;

    private protected override Task<PoolBackEnd> NewBackEndAsync() => Task.FromResult<PoolBackEnd>(new SqliteBackEnd());
}

/// <summary>Clearances over gRPC, on PostgreSQL.</summary>
public sealed class ClearancesOverGrpc(PoolServers servers) : ClearancesContract, IClassFixture<PoolServers>
{
    protected override bool OverGrpc => true;

    private protected override Task<PoolBackEnd> NewBackEndAsync() => servers.NewBackEndInMemoryAsync();

    [Fact]
    public Task Two_replicas_solve_once() => TwoReplicasSolveOnceAsync();
}
