using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;
using Microsoft.Extensions.Time.Testing;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The promises, kept in memory.</summary>
public sealed class MemoryLedgerContract : LedgerContract
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected override ValueTask<ILedgerHome> OpenAsync() => ValueTask.FromResult<ILedgerHome>(new MemoryHome(LedgerRules.Exact));

    [Theory]
    [InlineData(+3600)]
    [InlineData(-3600)]
    public async Task A_step_of_the_wall_clock_neither_ends_nor_prolongs_a_lease(int seconds)
    {
        var time = new SteppedTime();
        var ledger = new MemoryLedger(time);
        await ledger.LoadAsync(Config, [Token(1, 20)], Stop);
        var lease = await ledger.BorrowAsync(Wish("b"), Stop);

        time.Step = TimeSpan.FromSeconds(seconds);
        await ledger.SweepAllAsync(Stop);
        Assert.Equal(1, (await ledger.ReadOneAsync(1, Stop)).Inflight);
        Assert.Equal(lease.LeaseId, (await ledger.BorrowAsync(Wish("b"), Stop)).LeaseId);

        time.Advance(TimeSpan.FromSeconds(61));
        await ledger.SweepAllAsync(Stop);
        Assert.Equal(0, (await ledger.ReadOneAsync(1, Stop)).Inflight);
        Assert.Equal(SettleKind.Late, (await ledger.SettleAsync(lease.LeaseId, Kept, Stop)).Kind);
    }

    [Fact]
    public async Task The_right_to_load_lasts_as_long_as_it_is_used()
    {
        var time = new FakeTimeProvider();
        var ledger = new MemoryLedger(time);
        var right = new LoadRight("a", TimeSpan.FromSeconds(10));
        await ledger.TryBeginLoadAsync(Config, right, Stop);
        for (var id = 1; id <= 3; id++)
        {
            time.Advance(TimeSpan.FromSeconds(8));
            Assert.True(await ledger.LoadAsync(right, [Token(id, 20)], Stop));
        }
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.False(await ledger.CompleteLoadAsync(right, Stop));
        Assert.True(await ledger.TryBeginLoadAsync(Config, right with { Owner = "b" }, Stop));
    }

    /// <summary>A clock whose wall time someone sets.</summary>
    private sealed class SteppedTime : FakeTimeProvider
    {
        public TimeSpan Step { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Step;

        // The base takes its timestamp from the wall clock.
        public override long GetTimestamp() => base.GetTimestamp() - Step.Ticks;
    }
}
