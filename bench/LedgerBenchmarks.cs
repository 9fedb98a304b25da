using BenchmarkDotNet.Attributes;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;

namespace GrokForge.Bench;

/// <summary>
/// Borrow and settle in memory, half of the tokens recently used, with the default settings and each algorithm. The ledger's own step, alone and with affinity, and the
/// same with affinity through its interface.
/// </summary>
[InProcess, MemoryDiagnoser]
public class LedgerBenchmarks
{
    private static readonly Settlement Kept = new(Refund: false, Exhausted: false, null, null, "", Failed: false, Succeeded: true, Generation: 1);
    private static readonly Settlement Refunded = Kept with { Refund = true };

    // More than live at once, so that none is a repetition.
    private readonly BorrowWish[] strangers = LedgerLoads.Wishes(4096, conversations: 0);
    private readonly BorrowWish[] conversations = LedgerLoads.Wishes(4096, conversations: 4096);
    private MemoryLedger ledger = null!;
    private int turn;

    [Params(100, 10_000, 100_000)]
    public int Tokens { get; set; }

    [ParamsSource(nameof(Algorithms))]
    public string Algorithm { get; set; } = "";

    public static IEnumerable<string> Algorithms => Enum.GetNames<SelectionAlgorithm>();

    [GlobalSetup]
    public async Task LoadAsync()
    {
        ledger = new MemoryLedger(TimeProvider.System);
        await ledger.LoadAsync(LedgerLoads.Config with { Algorithm = Enum.Parse<SelectionAlgorithm>(Algorithm) }, Tokens, CancellationToken.None);
        for (var i = 0; i < Tokens / 2; i++)
            BorrowAndSettle();
    }

    [Benchmark(Baseline = true)]
    public bool BorrowAndSettle() => BorrowAndSettle(strangers);

    [Benchmark]
    public bool WithAffinity() => BorrowAndSettle(conversations);

    [Benchmark]
    public async Task<bool> ThroughTheInterface()
    {
        var lease = await ledger.BorrowAsync(conversations[turn++ & 4095], CancellationToken.None);
        return (await ledger.SettleAsync(lease.LeaseId, (turn & 7) == 0 ? Kept : Refunded, CancellationToken.None)).Kind is SettleKind.Applied;
    }

    private bool BorrowAndSettle(BorrowWish[] wishes)
    {
        var lease = ledger.Borrow(wishes[turn++ & 4095], out _);
        return ledger.Settle(lease, (turn & 7) == 0 ? Kept : Refunded).Kind is SettleKind.Applied;
    }
}
