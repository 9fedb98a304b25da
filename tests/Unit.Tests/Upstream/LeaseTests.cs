using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.TestKit;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class LeaseTests : IAsyncDisposable
{
    private readonly PocketTokenPool _pool = new PocketTokenPool(new PlainProtector()).Add(1, "secret", slots: 100);
    // The settler keeps real time, so that its pauses pass; both must agree on when a lease expires.
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly StopSignal _stop;
    private readonly LeaseSettler _settler;
    private readonly LeaseRenewer _renewer;

    public LeaseTests()
    {
        _stop = new StopSignal(_time);
        _settler = new LeaseSettler(_pool, _stop, TimeProvider.System, NullLogger<LeaseSettler>.Instance);
        _renewer = new LeaseRenewer(_pool, _time, NullLogger<LeaseRenewer>.Instance);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _settler.StopAsync(CancellationToken.None);
        await _renewer.StopAsync(CancellationToken.None);
        _renewer.Dispose();
        _stop.Dispose();
    }

    public static TheoryData<string, LeaseOutcome> Lives => new()
    {
        { "", LeaseOutcome.Abandoned },
        { "try", LeaseOutcome.Abandoned },
        { "try began", LeaseOutcome.AbandonedLate },
        { "try began event", LeaseOutcome.BrokenOff },
        { "try began event end", LeaseOutcome.Succeeded },
        { "try refused", LeaseOutcome.UpstreamUnavailable },
        { "try began refused try", LeaseOutcome.Abandoned },
        { "try began event refused", LeaseOutcome.BrokenOff },
        { "try began event limit", LeaseOutcome.QuotaExhausted },
        { "try began event refused try began", LeaseOutcome.BrokenOff },
        { "try began event refused try began event end", LeaseOutcome.Succeeded },
    };

    [Theory]
    [MemberData(nameof(Lives))]
    public async Task A_lease_is_settled_once_with_what_became_of_it(string life, LeaseOutcome outcome)
    {
        await _settler.StartAsync(Cancelled);
        var lease = await LendAsync();
        foreach (var step in life.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Live(lease, step);
        await lease.DisposeAsync();
        await lease.DisposeAsync();

        await _pool.UntilAsync(p => p.Settlements.Count > 0, Cancelled);
        await _settler.StopAsync(Cancelled);
        var settlement = Assert.Single(_pool.Settlements);
        Assert.Equal(outcome, settlement.Outcome);
        Assert.Equal(3, settlement.Generation);
    }

    [Fact]
    public async Task A_settlement_is_tried_again_while_the_pool_is_away()
    {
        _pool.FailNext(2);
        await _settler.StartAsync(Cancelled);
        await (await LendAsync()).DisposeAsync();
        await _pool.UntilAsync(p => p.Open == 0, Cancelled);
        Assert.Single(_pool.Settlements);
    }

    [Fact]
    public async Task A_settlement_is_given_up_when_the_lease_has_expired()
    {
        _pool.FailNext(1);
        await _settler.StartAsync(Cancelled);
        var expired = await LendAsync();
        expired.ExpiresAt = DateTimeOffset.UnixEpoch;
        await expired.DisposeAsync();
        // Several settle at once: the failure is to be the expired one's.
        await _pool.UntilAsync(p => p.FailuresLeft == 0, Cancelled);
        await (await LendAsync()).DisposeAsync();
        await _pool.UntilAsync(p => p.Settlements.Count == 1, Cancelled);
        await _settler.StopAsync(Cancelled);
        Assert.Equal(1, _pool.Open);
    }

    [Fact]
    public async Task What_is_queued_at_stop_is_still_settled()
    {
        for (var i = 0; i < 50; i++)
            await (await LendAsync()).DisposeAsync();
        await _settler.StartAsync(Cancelled);
        await _settler.StopAsync(Cancelled);
        Assert.Equal(50, _pool.Settlements.Count);
    }

    [Fact]
    public async Task All_live_leases_are_renewed_by_one_call_and_settled_ones_are_not()
    {
        await _renewer.StartAsync(Cancelled);
        var kept = new[] { await LendAsync(), await LendAsync() };
        await (await LendAsync()).DisposeAsync();
        var before = kept[0].ExpiresAt;

        await AdvanceUntilAsync(() => _pool.Renewals.Count > 0 && kept[0].ExpiresAt > before);
        Assert.Equal(kept.Select(l => l.Id).Order(), _pool.Renewals[0].LeaseIds.Order());
    }

    [Fact]
    public async Task A_failed_renewal_is_asked_for_again()
    {
        await _renewer.StartAsync(Cancelled);
        var lease = await LendAsync();
        var before = lease.ExpiresAt;
        _pool.FailNext(1);
        await AdvanceUntilAsync(() => lease.ExpiresAt > before);
        Assert.True(_pool.Renewals.Count >= 2);
    }

    private async Task AdvanceUntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancelled.ThrowIfCancellationRequested();
            _time.Advance(LeaseRenewer.Period);
            await Task.Yield();
        }
    }

    private static void Live(Lease lease, string step)
    {
        switch (step)
        {
            case "try":
                lease.BeginTry();
                break;
            case "began":
                lease.UpstreamBegan();
                break;
            case "event":
                lease.Observe(new ChatEvent());
                break;
            case "refused":
                lease.Refused(Refusal.EmptyAnswer);
                break;
            case "limit":
                lease.Refused(Refusal.QuotaExhausted(TimeSpan.FromSeconds(9)));
                break;
            default:
                lease.Succeeded();
                break;
        }
    }

    private async Task<Lease> LendAsync()
    {
        var reply = await _pool.BorrowAsync(new BorrowRequest { BorrowId = Guid.NewGuid().ToString("N"), Pools = { "basic" } }, Cancelled);
        return new LeaseDesk(_settler, _renewer, _stop).Lend(reply.Grant, new Route { Provider = "grok_web" }, "secret");
    }
}
