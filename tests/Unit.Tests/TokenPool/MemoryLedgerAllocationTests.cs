using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;

namespace GrokForge.Unit.Tests.TokenPool;

/// <summary>What a lease leaves behind for the garbage collector: nothing.</summary>
public sealed class MemoryLedgerAllocationTests
{
    private static readonly Settlement Refunded = new(
        Refund: true, Exhausted: false, ResumeAfter: null, NewState: null, Reason: "", Failed: false, Succeeded: true, Generation: 1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HighQuotaFirst", "")]
    [InlineData("RoundRobin", "")]
    [InlineData("Random", "")]
    [InlineData("LeastInflight", "")]
    [InlineData("Weighted", "")]
    [InlineData("HighQuotaFirst", "a conversation")]
    public async Task Borrow_and_settle_allocate_nothing_in_steady_state(string algorithm, string affinity)
    {
        var ledger = await LoadedAsync(Enum.Parse<SelectionAlgorithm>(algorithm));
        BorrowWish[] wishes = [.. Enumerable.Range(0, 64).Select(i => new BorrowWish($"borrow-{i}", ["basic"], "auto", 1, affinity, [], null))];
        BorrowAndSettle(ledger, wishes, 5_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        BorrowAndSettle(ledger, wishes, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // A table that grows once more is no byte per lease.
        Assert.InRange(allocated, 0, 10_000);
    }

    private static void BorrowAndSettle(MemoryLedger ledger, BorrowWish[] wishes, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var lease = ledger.Borrow(wishes[i % wishes.Length], out var result);
            if (result.TokenId == 0 || ledger.Settle(lease, Refunded).Kind != SettleKind.Applied)
                Assert.Fail("Every wish is granted and settled.");
        }
    }

    private static async Task<MemoryLedger> LoadedAsync(SelectionAlgorithm algorithm)
    {
        var ledger = new MemoryLedger(TimeProvider.System);
        var right = new LoadRight("test", TimeSpan.FromMinutes(1));
        var config = new LedgerConfig(8, TimeSpan.FromSeconds(15), PenaltyScope.Tier, true, true, TimeSpan.FromSeconds(60), 5, [new LaneConfig("auto", TimeSpan.FromHours(2), Tracked: true)])
        {
            Algorithm = algorithm,
            AffinityTtl = TimeSpan.FromHours(1),
        };
        Assert.True(await ledger.TryBeginLoadAsync(config, right, Cancellation));
        Assert.True(await ledger.LoadAsync(right, [.. Enumerable.Range(1, 1_000).Select(Token)], Cancellation));
        Assert.True(await ledger.CompleteLoadAsync(right, Cancellation));
        return ledger;
    }

    private static LedgerToken Token(int id) => new(
        id, "basic", Tier: 0, TokenState.Active, MaxInflight: -1, Generation: 1, FailCount: 0, Rev: 0,
        new Dictionary<string, LedgerQuota> { ["auto"] = new(1_000, 1_000, null) });
}
