using GrokForge.TokenPool.Ledger;

namespace GrokForge.Bench;

/// <summary>Fills ledgers for measurements: tokens of two pools, three modes, the default settings.</summary>
internal static class LedgerLoads
{
    public static LedgerConfig Config { get; } = new(
        MaxInflight: 8, Penalty: TimeSpan.FromSeconds(15), PenaltyScope.Tier, OverflowOnQuota: true, OverflowOnSlots: true, LeaseTtl: TimeSpan.FromSeconds(60), FailThreshold: 5,
        [.. new[] { "auto", "fast", "expert" }.Select(mode => new LaneConfig(mode, TimeSpan.FromHours(2), Tracked: true))])
    {
        AffinityTtl = TimeSpan.FromHours(1),
    };

    /// <summary>Wishes of the three modes and of none by turns, with ids as callers send them.</summary>
    /// <param name="conversations">How many conversations each second wish belongs to one of; 0: none belongs to any. As many as there are wishes: each has its own.</param>
    public static BorrowWish[] Wishes(int count, int conversations)
    {
        string[] scopes = ["auto", "fast", "expert", ""];
        var signals = Enumerable.Range(0, conversations).Select(_ => Guid.NewGuid().ToString("N")).ToArray();
        return
        [
            .. Enumerable.Range(0, count).Select(i => new BorrowWish(
                Guid.NewGuid().ToString("N"), ["basic", "super"], scopes[(i / 2) & 3], Units: 1, Signal(signals, i, count), [], Ttl: null)),
        ];
    }

    private static string Signal(string[] signals, int i, int count) =>
        signals.Length == count ? signals[i] : signals.Length > 0 && i % 2 == 0 ? signals[i / 2 % signals.Length] : "";

    public static Task LoadAsync(this ILedger ledger, int tokens, CancellationToken cancellationToken) => ledger.LoadAsync(Config, tokens, cancellationToken);

    public static async Task LoadAsync(this ILedger ledger, LedgerConfig config, int tokens, CancellationToken cancellationToken)
    {
        var quotas = config.Lanes.ToDictionary(lane => lane.Mode, _ => new LedgerQuota(100_000, 100_000, null));
        var right = new LoadRight("bench", TimeSpan.FromMinutes(10));
        await ledger.TryBeginLoadAsync(config, right, cancellationToken);
        foreach (var ids in Enumerable.Range(1, tokens).Chunk(5_000))
            await ledger.PutAsync([.. ids.Select(id => Token(id, quotas))], cancellationToken);
        await ledger.CompleteLoadAsync(right, cancellationToken);
    }

    public static LedgerToken Token(int id, IReadOnlyDictionary<string, LedgerQuota> quotas) =>
        new(id, id % 10 == 0 ? "super" : "basic", Tier: 0, TokenState.Active, MaxInflight: -1, Generation: 1, FailCount: 0, Rev: 0, quotas);
}
