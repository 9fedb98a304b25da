using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Turns a row into what the ledger takes.</summary>
internal static class LedgerEntry
{
    /// <summary>The whole token, with the quotas its pool has by now.</summary>
    public static LedgerToken Whole(TokenRow row, ModelCatalog catalog) =>
        Administered(row, row.Status, row.FailCount, PoolQuotas.InForce(row.Pool, QuotaJson.Read(row.Quotas), catalog));

    /// <summary>The administered fields; state and failure count as they live, and only the given quotas.</summary>
    public static LedgerToken Administered(TokenRow row, TokenState state, int failCount, IReadOnlyDictionary<string, LedgerQuota>? quotas) =>
        new(row.Id, row.Pool, row.Priority, state, row.MaxInflight, row.Generation, failCount, row.Rev, quotas);
}
