using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Leases;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrokForge.Unit.Tests.Upstream;

/// <summary>Borrowing for a model with several routes.</summary>
public sealed class RouteBorrowTests : IDisposable
{
    private static readonly PlainProtector Protector = new();
    private static readonly Route Web = new() { Provider = "grok_web", Pools = { "basic" } };
    private static readonly Route Api = new() { Provider = "xai", Pools = { "xai" } };

    private readonly StopSignal _stop = new(TimeProvider.System);
    private readonly PocketTokenPool _pool = new PocketTokenPool(Protector).Add(1, "secret", slots: 100);

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task A_busy_route_is_not_waited_for_while_another_has_a_token()
    {
        var leasing = new Routes(_pool, ("basic", NoToken.Types.Reason.Busy, int.MaxValue));
        Assert.Equal("xai", (await FirstAsync(leasing, new SettingsSnapshot(), Web, Api)).Provider);
        Assert.Equal(["basic", "xai"], leasing.Asked);
    }

    [Fact]
    public async Task With_every_route_busy_the_first_to_be_free_is_taken()
    {
        var leasing = new Routes(_pool, ("basic", NoToken.Types.Reason.Busy, 2), ("xai", NoToken.Types.Reason.Busy, 2));
        Assert.Equal("grok_web", (await FirstAsync(leasing, new SettingsSnapshot(), Web, Api)).Provider);
        Assert.Equal(["basic", "xai", "basic", "xai", "basic"], leasing.Asked);
    }

    [Fact]
    public async Task A_route_whose_upstream_turns_out_to_be_down_leaves_the_next_one_open()
    {
        var settings = new SettingsSnapshot();
        var plan = new RetryPlan(settings, TimeProvider.System);
        var turn = new BorrowTurn(new ChatCall(), [Web, Api], settings, plan);
        var leasing = new Routes(_pool.Add(2, "other", slots: 100));
        List<string> tried = [];
        await foreach (var lease in Borrower(leasing).BorrowInTurnAsync(turn, TestContext.Current.CancellationToken))
        {
            foreach (var _ in plan.PausesOnToken())
            {
                tried.Add(lease.Route.Provider);
                plan.Refused(lease.Route == Web ? UpstreamBreaker.Down("m", TimeSpan.FromSeconds(9)) : Refusal.TokenInvalid);
            }
            await lease.DisposeAsync();
        }

        Assert.Equal(["grok_web", "xai"], tried);
        Assert.False(plan.IsOver);
    }

    [Fact]
    public async Task The_route_that_is_nearest_to_a_token_is_told_of()
    {
        var settings = new SettingsSnapshot();
        var turn = new BorrowTurn(new ChatCall(), [Web, Api], settings, new RetryPlan(settings, TimeProvider.System));
        var leasing = new Routes(_pool, ("basic", NoToken.Types.Reason.Exhausted, int.MaxValue), ("xai", NoToken.Types.Reason.NoSuchPool, int.MaxValue));
        await foreach (var _ in Borrower(leasing).BorrowInTurnAsync(turn, TestContext.Current.CancellationToken))
            Assert.Fail("There is no token.");
        Assert.Equal((Web, NoToken.Types.Reason.Exhausted), (turn.Route, turn.None!.Reason));
    }

    private async Task<Route> FirstAsync(ITokenLeasing leasing, SettingsSnapshot settings, params Route[] routes)
    {
        var turn = new BorrowTurn(new ChatCall(), routes, settings, new RetryPlan(settings, TimeProvider.System));
        await foreach (var lease in Borrower(leasing).BorrowInTurnAsync(turn, TestContext.Current.CancellationToken))
        {
            await lease.DisposeAsync();
            return lease.Route;
        }

        throw new InvalidOperationException("No route has a token.");
    }

    private TokenBorrower Borrower(ITokenLeasing leasing) => new(
        leasing, new OpenedSecrets(Protector),
        new LeaseDesk(new LeaseSettler(leasing, _stop, TimeProvider.System, NullLogger<LeaseSettler>.Instance), new LeaseRenewer(leasing, TimeProvider.System, NullLogger<LeaseRenewer>.Instance), _stop),
        TimeProvider.System, NullLogger<TokenBorrower>.Instance);

    /// <summary>Pools that answer so many wishes with a reason before they grant one.</summary>
    private sealed class Routes(ITokenLeasing pool, params (string Pool, NoToken.Types.Reason Reason, int Times)[] refusals) : ITokenLeasing
    {
        private readonly Dictionary<string, int> _times = [];

        public List<string> Asked { get; } = [];

        public Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken)
        {
            var name = request.Pools[0];
            Asked.Add(name);
            var times = _times[name] = _times.GetValueOrDefault(name) + 1;
            var refusal = Array.Find(refusals, r => r.Pool == name);
            return times <= refusal.Times ? Task.FromResult(new BorrowReply { None = new NoToken { Reason = refusal.Reason } }) : pool.BorrowAsync(request, cancellationToken);
        }

        public Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken) => pool.SettleAsync(request, cancellationToken);

        public Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken) => pool.RenewAsync(request, cancellationToken);
    }
}
