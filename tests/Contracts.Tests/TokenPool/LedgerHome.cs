using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>One home of the ledger with a clock that tests move.</summary>
internal interface ILedgerHome : IAsyncDisposable
{
    ILedger Ledger { get; }

    /// <summary>Moves time on and lets everything due happen.</summary>
    ValueTask AdvanceAsync(TimeSpan by, CancellationToken cancellationToken);
}

/// <summary>The ledger of one process under a fake clock.</summary>
internal sealed class MemoryHome(LedgerRules rules) : ILedgerHome
{
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public MemoryLedger Memory => field ??= new MemoryLedger(Time, rules, new Random(1));

    public ILedger Ledger => Memory;

    public async ValueTask AdvanceAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        Time.Advance(by);
        await Ledger.SweepAllAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>What tests of both homes say often.</summary>
internal static class LedgerWords
{
    public static readonly Settlement Kept = new(Refund: false, Exhausted: false, null, null, "", Failed: false, Succeeded: true, Generation: 1);
    public static readonly Settlement Refunded = new(Refund: true, Exhausted: false, null, null, "", Failed: false, Succeeded: false, Generation: 1);
    public static readonly Settlement Exhausted = new(Refund: false, Exhausted: true, null, null, "", Failed: false, Succeeded: false, Generation: 1);
    public static readonly Settlement Failed = new(Refund: true, Exhausted: false, null, null, "rejected", Failed: true, Succeeded: false, Generation: 1);
    public static readonly Settlement Invalid = new(Refund: true, Exhausted: false, null, TokenState.Expired, "401", Failed: false, Succeeded: false, Generation: 1);

    public static readonly LoadRight AnyRight = new("test", TimeSpan.FromMinutes(1));

    public static readonly LedgerConfig Config = new(
        MaxInflight: 8, Penalty: TimeSpan.Zero, PenaltyScope.Tier, OverflowOnQuota: true, OverflowOnSlots: true, LeaseTtl: TimeSpan.FromSeconds(60), FailThreshold: 3,
        [new LaneConfig("auto", TimeSpan.FromHours(2), Tracked: true), new LaneConfig("expert", TimeSpan.FromHours(4), Tracked: true), new LaneConfig("image_ws", TimeSpan.FromMinutes(5), Tracked: false)]);

    public static LedgerToken Token(long id, int auto, string pool = "basic", int tier = 0, int cap = -1) => new(
        id, pool, tier, TokenState.Active, cap, Generation: 1, FailCount: 0, Rev: 0,
        new Dictionary<string, LedgerQuota> { ["auto"] = new(auto, 20, null), ["expert"] = new(2, 2, null) });

    public static BorrowWish Wish(string borrowId, params string[] pools) =>
        new(borrowId, pools.Length == 0 ? ["basic"] : pools, "auto", Units: 1, Affinity: "", [], Ttl: null);

    public static async ValueTask LoadAsync(this ILedger ledger, LedgerConfig config, IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken)
    {
        Assert.True(await ledger.TryBeginLoadAsync(config, AnyRight, cancellationToken));
        Assert.True(await ledger.LoadAsync(AnyRight, tokens, cancellationToken));
        Assert.True(await ledger.CompleteLoadAsync(AnyRight, cancellationToken));
    }

    public static async ValueTask SweepAllAsync(this ILedger ledger, CancellationToken cancellationToken)
    {
        while (await ledger.SweepAsync(cancellationToken) > 0)
        {
        }
    }

    public static async ValueTask<LedgerTokenView> ReadOneAsync(this ILedger ledger, long id, CancellationToken cancellationToken) =>
        Assert.Single(await ledger.ReadAsync([id], cancellationToken));
}
