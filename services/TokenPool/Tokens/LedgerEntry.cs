using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Turns a row into what the ledger takes.</summary>
internal static class LedgerEntry
{
    /// <summary>The whole token, with the quotas its pool has by now.</summary>
    public static LedgerToken Whole(TokenRow row, ModelCatalog catalog) =>
        Administered(row, PoolQuotas.InForce(row.Pool, QuotaJson.Read(row.Quotas), catalog)) with { SetsState = true };

    /// <summary>The administered fields and the given quotas; where the ledger knows the token, state and failure count stay as they live.</summary>
    public static LedgerToken Administered(TokenRow row, IReadOnlyDictionary<string, LedgerQuota>? quotas) =>
        new(row.Id, row.Pool, row.Priority, row.Status, row.MaxInflight, row.Generation, row.FailCount, row.Rev, quotas) { SetsState = false };
}
