using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Leases;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class HedgeFaultTests
{
    [Fact]
    public async Task An_answer_that_is_there_waits_for_no_second_token()
    {
        var cancel = TestContext.Current.CancellationToken;
        var protector = new PlainProtector();
        var pool = new PocketTokenPool(protector).Add(1, "slow").Add(2, "free");
        var late = new LatePool(pool);
        using var stop = new StopSignal(TimeProvider.System);
        var settler = new LeaseSettler(pool, stop, TimeProvider.System, NullLogger<LeaseSettler>.Instance);
        using var renewer = new LeaseRenewer(pool, TimeProvider.System, NullLogger<LeaseRenewer>.Instance);
        await settler.StartAsync(cancel);
        var provider = new Provider();
        var relay = Relay(late, protector, provider, new LeaseDesk(settler, renewer, stop), NullLogger<ChatRelay>.Instance);

        await using (var events = relay.ChatAsync(Call(provider), cancel).GetAsyncEnumerator(cancel))
        {
            Assert.True(await events.MoveNextAsync());
            var next = events.MoveNextAsync();
            await late.Asked.Task.WaitAsync(cancel);
            provider.Slow.SetResult();
            Assert.True(await next);
            while (events.Current.EventCase != ChatEvent.EventOneofCase.Finished)
                Assert.True(await events.MoveNextAsync());
            Assert.Empty(pool.Wishes.Skip(1));
            late.Gate.SetResult();
        }

        await pool.UntilAsync(p => p.Outcomes.Count == 2, cancel);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.Abandoned], pool.Settlements.OrderBy(s => s.LeaseId).Select(s => s.Outcome));
        await settler.StopAsync(cancel);
    }

    [Fact]
    public async Task A_second_try_that_breaks_down_is_logged_and_leaves_the_first_as_it_is()
    {
        var cancel = TestContext.Current.CancellationToken;
        var protector = new PlainProtector();
        var pool = new PocketTokenPool(protector).Add(1, "slow").Add(2, "broken");
        using var stop = new StopSignal(TimeProvider.System);
        var settler = new LeaseSettler(pool, stop, TimeProvider.System, NullLogger<LeaseSettler>.Instance);
        using var renewer = new LeaseRenewer(pool, TimeProvider.System, NullLogger<LeaseRenewer>.Instance);
        await settler.StartAsync(cancel);
        var provider = new Provider();
        var log = new KeptLog();
        var relay = Relay(pool, protector, provider, new LeaseDesk(settler, renewer, stop), log);

        var chat = relay.ChatAsync(Call(provider), cancel).ToListAsync(cancel);
        await pool.UntilAsync(p => p.Outcomes.Count == 1, cancel);
        provider.Slow.SetResult();
        Assert.Equal(ChatEvent.EventOneofCase.Finished, (await chat)[^1].EventCase);
        Assert.IsType<InvalidOperationException>(Assert.Single(log.Errors));
        await pool.UntilAsync(p => p.Open == 0, cancel);
        Assert.Equal([LeaseOutcome.Abandoned, LeaseOutcome.Succeeded], pool.Outcomes);
        await settler.StopAsync(cancel);
    }

    private static ChatCall Call(Provider provider) => new() { Routes = { new Route { Provider = provider.Name, Pools = { "basic" } } } };

    private static ChatRelay Relay(ITokenLeasing pool, PlainProtector protector, Provider provider, LeaseDesk desk, ILogger<ChatRelay> log)
    {
        var routes = new ChatRoutes([provider], new UpstreamBreakers(TimeProvider.System, NullLogger<UpstreamBreakers>.Instance));
        var borrower = new TokenBorrower(pool, new OpenedSecrets(protector), desk, TimeProvider.System, NullLogger<TokenBorrower>.Instance);
        var settings = new CurrentSettings(new SettingsSnapshot { Retry = new RetryOptions { HedgeAfterSeconds = 0.01 }, OverridesVersion = 0 }) { Ready = Task.CompletedTask };
        return new ChatRelay(routes, borrower, settings, TimeProvider.System, log);
    }

    /// <summary>Lends its first token at once, the others when it is let.</summary>
    private sealed class LatePool(PocketTokenPool pool) : ITokenLeasing
    {
        private int _wishes;

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _wishes) > 1)
            {
                Asked.TrySetResult();
                await Gate.Task.WaitAsync(cancellationToken);
            }
            return await pool.BorrowAsync(request, cancellationToken);
        }

        public Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken) => pool.SettleAsync(request, cancellationToken);

        public Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken) => pool.RenewAsync(request, cancellationToken);
    }

    private sealed class Provider : IChatProvider
    {
        public string Name => "grok_web";

        public TaskCompletionSource Slow { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string AddressOf(SettingsSnapshot settings) => "http://one";

        public Failed? Objection(ChatCall call) => null;

        public async Task<ChatAnswer> OpenAsync(ChatTry attempt, CancellationToken cancellationToken)
        {
            if (attempt.Lease.Secret == "broken")
                throw new InvalidOperationException("Nobody expected this.");
            await Slow.Task.WaitAsync(cancellationToken);
            attempt.Limits.Answered();
            return new Answered();
        }
    }

    private sealed class Answered : ChatAnswer
    {
        public override IAsyncEnumerable<ChatEvent> ReadEventsAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<ChatEvent>();

        public override ValueTask DisposeAsync() => default;
    }

    private sealed class KeptLog : ILogger<ChatRelay>
    {
        public List<Exception> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Error && exception is not null)
                Errors.Add(exception);
        }
    }
}
