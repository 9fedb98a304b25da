using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Which modes a pool has, and with how many units a token of it starts.</summary>
internal static class PoolQuotas
{
    public static Dictionary<string, LedgerQuota> Defaults(string pool, ModelCatalog catalog)
    {
        var quotas = new Dictionary<string, LedgerQuota>(StringComparer.Ordinal);
        foreach (var mode in catalog.Modes)
        {
            if (mode.DefaultQuota.GetValueOrDefault(pool) is > 0 and var units)
                quotas[mode.Id] = new LedgerQuota(units, units, null);
        }
        return quotas;
    }

    /// <summary>What is stored, brought in line with the catalog: modes the pool lacks are left out, missing ones get their default.</summary>
    public static Dictionary<string, LedgerQuota> InForce(string pool, IReadOnlyDictionary<string, LedgerQuota> stored, ModelCatalog catalog)
    {
        var quotas = Defaults(pool, catalog);
        foreach (var mode in quotas.Keys)
        {
            // Limit 0 counts where the upstream said so: the token does not have the mode.
            if (stored.TryGetValue(mode, out var quota) && (quota.Limit > 0 || quota.ObservedAt is not null))
                quotas[mode] = quota with { Remaining = Math.Clamp(quota.Remaining, 0, quota.Limit) };
        }
        foreach (var (rest, _) in catalog.Rests)
        {
            if (stored.TryGetValue(rest, out var quota))
                quotas[rest] = quota;
        }
        return quotas;
    }

    /// <summary>What has to be merged so that a token has the modes of its pool: defaults of missing ones, and limit 0 for those that the pool lacks.</summary>
    /// <returns>Null where nothing has to be done.</returns>
    public static Dictionary<string, LedgerQuota>? Difference(string pool, IReadOnlyDictionary<string, LedgerQuota> present, ModelCatalog catalog)
    {
        var difference = Defaults(pool, catalog);
        foreach (var (mode, quota) in present)
        {
            if (!difference.Remove(mode) && quota.Limit > 0)
                difference[mode] = new LedgerQuota(0, 0, null);
        }
        return difference.Count == 0 ? null : difference;
    }
}
