using System.Globalization;
using StackExchange.Redis;

namespace GrokForge.TokenPool.Ledger.Redis;

/// <summary>What the scripts are given, as their first lines describe it.</summary>
internal static class LedgerArguments
{
    public static RedisValue[] Borrow(BorrowWish wish, string attempt)
    {
        var values = new RedisValue[7 + wish.Pools.Count + wish.Excluded.Count];
        values[0] = wish.Scope;
        values[1] = Math.Max(1, wish.Units);
        values[2] = wish.Ttl is { } ttl ? Ms(ttl) : "";
        values[3] = wish.BorrowId;
        values[4] = attempt;
        values[5] = wish.Affinity;
        values[6] = wish.Pools.Count;
        for (var i = 0; i < wish.Pools.Count; i++)
            values[7 + i] = wish.Pools[i];
        for (var i = 0; i < wish.Excluded.Count; i++)
            values[7 + wish.Pools.Count + i] = wish.Excluded[i];
        return values;
    }

    public static RedisValue[] Settle(string leaseId, Settlement settlement) =>
    [
        leaseId, Flag(settlement.Refund), Flag(settlement.Exhausted), settlement.ResumeAfter is { Ticks: > 0 } rest ? (long)Math.Ceiling(rest.TotalMilliseconds) : "",
        settlement.NewState is { } state and not TokenState.Active ? Letter(state) : "", settlement.Reason, Flag(settlement.Failed), Flag(settlement.Succeeded), settlement.Generation, Seed(),
    ];

    /// <param name="granted">The attempt, or the lease that it got.</param>
    public static RedisValue[] Withdraw(string borrowId, string granted) => [.. Settle(borrowId, Settlement.Unused), granted];

    public static RedisValue[] Put(IEnumerable<LedgerToken> tokens, LoadRight? right)
    {
        List<RedisValue> values = [right?.Owner ?? "", right is null ? "" : Ms(right.Lifetime), Seed()];
        foreach (var token in tokens)
        {
            values.AddRange(
            [
                token.Id, token.Pool, token.Tier, Letter(token.State), token.MaxInflight, token.Generation, token.FailCount, token.Rev, Flag(token.SetsState),
                token.Quotas?.Count ?? 0,
            ]);
            foreach (var (mode, quota) in token.Quotas ?? new Dictionary<string, LedgerQuota>())
                values.AddRange([mode, quota.Remaining, quota.Limit, quota.ResumeAt is { } at ? at.ToUnixTimeMilliseconds() : "", quota.ObservedAt?.ToUnixTimeMilliseconds() ?? 0]);
        }
        return [.. values];
    }

    public static RedisValue[] EndRefresh(RefreshClaim claim, RefreshReport report)
    {
        List<RedisValue> values =
        [
            claim.TokenId, claim.Until, Ms(report.Rest), Flag(report.Failed), report.NewState is { } state and not TokenState.Active ? Letter(state) : "", report.Reason,
            claim.Generation, claim.Inflight, Seed(),
        ];
        foreach (var window in claim.Windows)
        {
            var observed = report.Observed.GetValueOrDefault(window.Mode);
            values.AddRange(
            [
                window.Mode, window.Epoch, window.Left, Flag(observed is not null), observed?.Remaining ?? 0, observed?.Limit ?? 0,
                (long)Math.Ceiling(observed?.Wait.TotalMilliseconds ?? 0),
            ]);
        }
        return [.. values];
    }

    /// <summary>id, pool, generation, in flight, until, failures, and per window: mode, epoch, left.</summary>
    public static RefreshClaim Claim(RedisResult[] row)
    {
        List<ClaimedWindow> windows = [];
        for (var i = 6; i < row.Length; i += 3)
            windows.Add(new ClaimedWindow((string)row[i]!, (int)row[i + 1], (int)row[i + 2]));
        return new RefreshClaim((long)row[0], (string)row[1]!, (int)row[2], (int)row[3], (long)row[4], (int)row[5], windows);
    }

    public static RedisValue[] Reindex(IEnumerable<RedisValue> ids) => [Seed(), .. ids];

    public static RedisValue[] BeginLoad(LedgerConfig config, LoadRight right) => Settings(config, right.Owner, Ms(right.Lifetime));

    /// <summary>Ids and the revs that were written, by turns.</summary>
    public static RedisValue[] Written(IReadOnlyList<LedgerTokenView> views)
    {
        var values = new RedisValue[views.Count * 2];
        for (var i = 0; i < views.Count; i++)
            (values[i * 2], values[i * 2 + 1]) = (views[i].Id, views[i].Rev);
        return values;
    }

    public static RedisValue[] Settings(LedgerConfig config, params ReadOnlySpan<RedisValue> before)
    {
        if (config.Lanes.Count > LedgerLimits.Lanes)
            throw new InvalidOperationException($"The ledger keeps at most {LedgerLimits.Lanes} modes; {config.Lanes.Count} are configured.");
        List<RedisValue> values =
        [
            .. before, config.MaxInflight, Ms(config.Penalty), config.PenaltyScope.ToString(), Flag(config.OverflowOnQuota), Flag(config.OverflowOnSlots),
            Ms(config.LeaseTtl), config.FailThreshold, SelectionAlgorithms.NameOf(config.Algorithm), Ms(config.AffinityTtl),
        ];
        foreach (var lane in config.Lanes)
        {
            if (lane.Mode.Contains(':', StringComparison.Ordinal))
                throw new InvalidOperationException($"The mode '{lane.Mode}' must not contain a colon.");
            values.AddRange([lane.Mode, Ms(lane.Window), Flag(lane.Tracked), Flag(lane is { Tracked: true, Refreshed: true })]);
        }
        return [.. values];
    }

    public static LedgerTokenView View(RedisResult[] row)
    {
        var quotas = new Dictionary<string, LedgerQuota>(StringComparer.Ordinal);
        for (var i = 12; i < row.Length; i += 5)
            quotas[(string)row[i]!] = new LedgerQuota((int)row[i + 1], (int)row[i + 2], Instant((long)row[i + 3])) { ObservedAt = Instant((long)row[i + 4]) };
        return new LedgerTokenView(
            (long)row[0], (string)row[1]!, (int)row[2], State((string)row[3]!), (string)row[4]!, (int)row[5], (int)row[6], (int)row[7], Instant((long)row[8]), (long)row[9], quotas)
        {
            RefreshRest = TimeSpan.FromMilliseconds((long)row[10]),
            RefreshFailures = (int)row[11],
        };
    }

    public static TokenState State(string letter) => letter switch { "a" => TokenState.Active, "d" => TokenState.Disabled, _ => TokenState.Expired };

    /// <summary>Both stand in the id of the lease: pick:token:lane:epoch:units:ttl:mode:borrow id.</summary>
    public static (string Scope, int Units) ScopeAndUnitsOf(string leaseId) =>
        leaseId.Split(':', 8) is { Length: 8 } parts ? (parts[6], int.Parse(parts[4], CultureInfo.InvariantCulture)) : ("", 0);

    public static string BorrowIdOf(string leaseId) => leaseId.Split(':', 8) is { Length: 8 } parts ? parts[7] : "";

    private static string Letter(TokenState state) => state switch { TokenState.Active => "a", TokenState.Disabled => "d", _ => "x" };

    private static string Flag(bool set) => set ? "1" : "0";

    private static string Ms(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>Redis seeds every script alike; the seed must come from outside.</summary>
    public static RedisValue Seed() => Random.Shared.Next();

    private static DateTimeOffset? Instant(long ms) => ms > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
