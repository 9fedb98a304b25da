using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Reads what the ledger works by out of settings and catalog.</summary>
internal sealed class LedgerConfigs(CurrentSettings settings, CurrentCatalog catalog)
{
    public LedgerConfig Current => From(settings.Current.Token, catalog.Current);

    public static LedgerConfig From(TokenOptions options, ModelCatalog catalog)
    {
        var overflow = options.OverflowOn;
        var penaltyScope = overflow.Contains("penalty", StringComparer.OrdinalIgnoreCase) ? PenaltyScope.All
            : options.PenaltyCrossesTiers ? PenaltyScope.Pool
            : PenaltyScope.Tier;
        return new LedgerConfig(
            options.MaxInflight,
            TimeSpan.FromSeconds(options.RecentUsePenaltySeconds),
            penaltyScope,
            overflow.Contains("quota", StringComparer.OrdinalIgnoreCase),
            overflow.Contains("slots", StringComparer.OrdinalIgnoreCase),
            TokenLender.LeaseTtl,
            options.FailThreshold,
            [.. Lanes(catalog).Take(LedgerLimits.Lanes)])
        {
            Algorithm = SelectionAlgorithms.Parse(options.SelectionAlgorithm),
            AffinityTtl = TimeSpan.FromSeconds(options.AffinityTtlSeconds),
        };
    }

    /// <summary>Whether two configurations mean the same.</summary>
    public static bool Same(LedgerConfig? one, LedgerConfig other) =>
        one is not null && one.Lanes.SequenceEqual(other.Lanes) && one with { Lanes = other.Lanes } == other;

    /// <summary>Modes first: a scope beyond the last lane is not lent by, and a mode must be.</summary>
    private static IEnumerable<LaneConfig> Lanes(ModelCatalog catalog) =>
    [
        .. catalog.Modes.Select(m => new LaneConfig(m.Id, m.Window, Tracked: true) { Refreshed = !m.Local }),
        .. catalog.Rests.Select(r => new LaneConfig(r.Key, r.Value, Tracked: false)),
    ];
}
