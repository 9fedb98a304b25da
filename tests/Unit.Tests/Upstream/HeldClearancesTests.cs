using System.Collections.Concurrent;
using Google.Protobuf;
using GrokForge.Contracts.Clearance;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.Upstream.Challenges;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class HeldClearancesTests : IDisposable
{
    private const string Egress = "direct";
    private readonly FakeTimeProvider _time = new();
    private readonly PocketClearances _owner = new();
    private readonly HeldClearances _held;
    private readonly EgressClearance _clearance;
    private readonly BusReach _reach = new(true);

    public HeldClearancesTests()
    {
        _held = new HeldClearances(_owner, new PlainProtector(), _reach, _time, NullLogger<HeldClearances>.Instance);
        _clearance = new EgressClearance(_held, new PlainProtector(), _time);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static ProxyOptions Solved { get; } = new() { Enabled = true, FlareSolverrUrl = "http://solver", UserAgent = "Mozilla/5.0 (own)" };

    public void Dispose() => _held.Dispose();

    [Theory]
    [InlineData(true, 30)]
    [InlineData(false, 5)]
    public async Task A_clearance_is_remembered_as_long_as_events_keep_it_true(bool hearsEveryone, int seconds)
    {
        _reach.Everyone = hearsEveryone;
        _owner.Put(1);
        await _held.OfAsync(Egress, Cancelled);
        _time.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.Equal("cf_clearance=c1", (await _held.OfAsync(Egress, Cancelled)).Cookies);
        Assert.Equal(1, _owner.Reads);

        _owner.Put(2);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("2", (await _held.OfAsync(Egress, Cancelled)).Version);
    }

    [Fact]
    public async Task An_event_makes_it_be_asked_for_anew_and_an_older_answer_does_not_count()
    {
        _owner.Put(1);
        await _held.OfAsync(Egress, Cancelled);
        _held.Told(Egress, "2");
        await _held.OfAsync(Egress, Cancelled);
        _owner.Put(2);
        Assert.Equal("2", (await _held.OfAsync(Egress, Cancelled)).Version);
        Assert.Equal(3, _owner.Reads);

        _held.Told(Egress, "2");
        await _held.OfAsync(Egress, Cancelled);
        Assert.Equal(3, _owner.Reads);
    }

    [Fact]
    public async Task An_owner_that_is_away_leaves_what_was_known_and_is_not_asked_all_the_time()
    {
        _owner.Put(1);
        await _held.OfAsync(Egress, Cancelled);
        _owner.IsAway = true;
        _time.Advance(TimeSpan.FromSeconds(31));
        for (var i = 0; i < 10; i++)
            Assert.Equal("1", (await _held.OfAsync(Egress, Cancelled)).Version);
        Assert.Equal(2, _owner.Reads);
    }

    [Theory]
    [InlineData(true, 0.1, "1")]
    [InlineData(false, 2, "")]
    public async Task An_owner_that_hangs_is_waited_for_once(bool isKnown, double seconds, string version)
    {
        if (isKnown)
        {
            _owner.Put(1);
            await _held.OfAsync(Egress, Cancelled);
            _time.Advance(TimeSpan.FromSeconds(31));
        }
        _owner.Hangs = true;
        var first = _held.OfAsync(Egress, Cancelled).AsTask();
        _time.Advance(TimeSpan.FromSeconds(seconds - 0.01));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.02));
        Assert.Equal(version, (await first).Version);

        var second = _held.OfAsync(Egress, Cancelled);
        Assert.True(second.IsCompleted);
        Assert.Equal(version, (await second).Version);
    }

    [Fact]
    public async Task A_newer_clearance_that_was_told_of_is_waited_for()
    {
        _owner.Put(1);
        await _held.OfAsync(Egress, Cancelled);
        _owner.Hangs = true;
        _held.Told(Egress, "2");
        var asked = _held.OfAsync(Egress, Cancelled).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(asked.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("1", (await asked).Version);
    }

    [Fact]
    public async Task All_who_met_a_challenge_ask_once()
    {
        _owner.Put(1);
        var snapshot = new SettingsSnapshot { Proxy = Solved };
        var cleared = await _clearance.ForAsync(snapshot, Cancelled);
        var refusals = Enumerable.Range(0, 20).Select(_ => _clearance.Refused(cleared, Refusal.Challenge)).ToList();
        var waiting = Enumerable.Range(0, 20).Select(_ => _clearance.SolvedAsync(snapshot, Cancelled)).ToList();
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        Assert.All(refusals, r => Assert.Contains("/admin/clearance", r.Remedy, StringComparison.Ordinal));
        _owner.Solve(2);
        await Task.WhenAll(waiting);
        Assert.Equal(["1"], _owner.Asked);
        Assert.Equal("2", (await _clearance.ForAsync(snapshot, Cancelled)).Version);

        // One that went by the old version and comes back late asks for nothing.
        _clearance.Refused(cleared, Refusal.Challenge);
        await _clearance.SolvedAsync(snapshot, Cancelled);
        Assert.Single(_owner.Asked);
    }

    [Fact]
    public async Task A_wait_for_a_solve_has_an_end()
    {
        var snapshot = new SettingsSnapshot { Proxy = Solved with { ChallengeWaitSeconds = 7 } };
        _clearance.Refused(await _clearance.ForAsync(snapshot, Cancelled), Refusal.Challenge);
        var waiting = _clearance.SolvedAsync(snapshot, Cancelled);
        _time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await waiting;
    }

    [Fact]
    public async Task Cookies_and_user_agent_take_the_place_of_the_operators_together()
    {
        _owner.Put(1);
        var settings = new SettingsSnapshot { Proxy = Solved with { CfCookies = "__cf_bm=old", BaseProxyUrl = "" } };
        var proxy = (await _clearance.ForAsync(settings, Cancelled)).Settings.Proxy;
        Assert.Equal(("cf_clearance=c1", "", "Mozilla/5.0 Chrome/142.0", "chrome_142"), (proxy.CfCookies, proxy.CfClearance, proxy.UserAgent, proxy.Browser));
    }

    [Fact]
    public async Task Requests_in_a_row_share_their_settings()
    {
        _owner.Put(1);
        var settings = new SettingsSnapshot { Proxy = Solved };
        Assert.Same((await _clearance.ForAsync(settings, Cancelled)).Settings, (await _clearance.ForAsync(settings, Cancelled)).Settings);
    }

    [Theory]
    [InlineData("mine", "")]
    [InlineData("", "a=b; cf_clearance=mine")]
    public async Task The_operators_own_clearance_comes_first_until_it_meets_a_challenge(string own, string cookies)
    {
        _owner.Put(1);
        var settings = new SettingsSnapshot { Proxy = Solved with { CfClearance = own, CfCookies = cookies } };
        var first = await _clearance.ForAsync(settings, Cancelled);
        Assert.Same(settings, first.Settings);
        Assert.Equal(LeaseOutcome.ChallengeHit, _clearance.Refused(first, Refusal.Challenge).Outcome);
        _owner.Solve(1);
        await _clearance.SolvedAsync(settings, Cancelled);
        var second = await _clearance.ForAsync(settings, Cancelled);
        Assert.Equal("1", second.Version);
        Assert.Equal("sso=t; sso-rw=t; cf_clearance=c1", GrokCookies.Header("t", second.Settings.Proxy));

        var renewed = settings with { Proxy = settings.Proxy with { CfClearance = "another" } };
        Assert.Same(renewed, (await _clearance.ForAsync(renewed, Cancelled)).Settings);
    }

    [Fact]
    public async Task Without_a_solver_nobody_is_asked()
    {
        var settings = new SettingsSnapshot { Proxy = Solved with { Enabled = false } };
        var cleared = await _clearance.ForAsync(settings, Cancelled);
        Assert.Same(Refusal.Challenge, _clearance.Refused(cleared, Refusal.Challenge));
        await _clearance.SolvedAsync(settings, Cancelled);
        Assert.Equal((0, 0), (_owner.Reads, _owner.Asked.Count));
    }

    /// <summary>Clearances that fit in a test.</summary>
    private sealed class PocketClearances : IClearances
    {
        private readonly TaskCompletionSource _solved = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile ClearanceReply _reply = new();
        private int _reads;

        public bool IsAway { get; set; }

        public bool Hangs { get; set; }

        public int Reads => Volatile.Read(ref _reads);

        public ConcurrentQueue<string> Asked { get; } = [];

        public void Put(int version) => _reply = new ClearanceReply
        {
            Available = true,
            Version = $"{version}",
            ProtectedCookies = ByteString.CopyFrom(new PlainProtector().Protect($"cf_clearance=c{version}")),
            UserAgent = "Mozilla/5.0 Chrome/142.0",
            Browser = "chrome_142",
        };

        public void Solve(int version)
        {
            Put(version);
            _solved.TrySetResult();
        }

        public Task<ClearanceReply> CurrentAsync(CurrentClearanceRequest request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            if (Hangs)
                return new TaskCompletionSource<ClearanceReply>().Task.WaitAsync(cancellationToken);
            return IsAway ? throw new RpcException(new Status(StatusCode.Unavailable, "away")) : Task.FromResult(_reply);
        }

        public async Task<ClearanceReply> ChallengeAsync(ChallengeRequest request, CancellationToken cancellationToken)
        {
            Asked.Enqueue(request.VersionSeen);
            await _solved.Task.WaitAsync(cancellationToken);
            return _reply;
        }
    }
}
