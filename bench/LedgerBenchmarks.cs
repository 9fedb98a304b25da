using BenchmarkDotNet.Attributes;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;

namespace GrokForge.Bench;

/// <summary>Borrow and settle in memory, half of the tokens recently used, with the default settings. The ledger's own step, and the same through its interface.</summary>
[InProcess, MemoryDiagnoser]
public class LedgerBenchmarks
{
    private static readonly Settlement Kept = new(Refund: false, Exhausted: false, null, null, "", Failed: false, Succeeded: true, Generation: 1);
    private static readonly Settlement Refunded = Kept with { Refund = true };
    private readonly BorrowWish[] wishes =
        [.. new[] { "auto", "fast", "expert", "" }.Select(scope => new BorrowWish("", ["basic", "super"], scope, Units: 1, Affinity: "", [], Ttl: null))];
    private MemoryLedger ledger = null!;
    private int turn;

    [Params(100, 10_000, 100_000)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public async Task LoadAsync()
    {
        ledger = new MemoryLedger(TimeProvider.System);
        await ledger.LoadAsync(Tokens, CancellationToken.None);
        for (var i = 0; i < Tokens / 2; i++)
            BorrowAndSettle();
    }

    [Benchmark(Baseline = true)]
    public bool BorrowAndSettle()
    {
        var lease = ledger.Borrow(wishes[turn++ & 3], out _);
        return ledger.Settle(lease, (turn & 7) == 0 ? Kept : Refunded).Kind is SettleKind.Applied;
    }

    [Benchmark]
    public async Task<bool> ThroughTheInterface()
    {
        var lease = await ledger.BorrowAsync(wishes[turn++ & 3], CancellationToken.None);
        return (await ledger.SettleAsync(lease.LeaseId, (turn & 7) == 0 ? Kept : Refunded, CancellationToken.None)).Kind is SettleKind.Applied;
    }
}
