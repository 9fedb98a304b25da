using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.Upstream.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>What becomes of settlements that are under way when the process ends.</summary>
public sealed class LeaseSettlerStopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_settlement_that_takes_long_is_finished_at_the_end()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var stop = new StopSignal(time);
        var pool = new SlowPool();
        var settler = new LeaseSettler(pool, stop, time, NullLogger<LeaseSettler>.Instance);
        await settler.StartAsync(Cancellation);
        settler.Settle(new SettleRequest { LeaseId = "slow", Outcome = LeaseOutcome.Succeeded }, time.GetUtcNow().AddMinutes(1));
        await pool.Entered.Task.WaitAsync(Cancellation);

        stop.EndDrain();
        var stopped = settler.StopAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(6));
        pool.Answer.SetResult(new SettleReply());
        await stopped;

        Assert.Equal(1, pool.Settled);
    }

    private sealed class SlowPool : ITokenLeasing
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<SettleReply> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Settled { get; private set; }

        public Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken)
        {
            Entered.TrySetResult();
            var reply = await Answer.Task.WaitAsync(cancellationToken);
            Settled++;
            return reply;
        }
    }
}
