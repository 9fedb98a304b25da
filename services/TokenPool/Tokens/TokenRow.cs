using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Tokens;

/// <summary>One upstream token as the database keeps it. Live figures are the ledger's; they reach the row by the write-behind.</summary>
internal sealed class TokenRow
{
    /// <summary>The token follows <c>token.max_inflight</c>.</summary>
    public const int ConfiguredMaxInflight = -1;

    /// <summary>What <see cref="Read"/> takes, in its order.</summary>
    public const string Columns =
        "id, secret, fingerprint, pool, status, status_reason, priority, max_inflight, remark, fail_count, generation, rev, last_used, exhausted, quotas, created_at, updated_at";

    /// <summary>0: not stored yet.</summary>
    public long Id { get; set; }

    /// <summary>Encrypted; only Upstream and administration open it.</summary>
    public required byte[] Secret { get; set; }

    public required byte[] Fingerprint { get; init; }

    public required string Pool { get; set; }

    public TokenState Status { get; set; }

    public string StatusReason { get; set; } = "";

    public int Priority { get; set; }

    public int MaxInflight { get; set; } = ConfiguredMaxInflight;

    public string Remark { get; set; } = "";

    public int FailCount { get; set; }

    public int Generation { get; set; }

    /// <summary>Live figures of a rev that is not later do not count any more.</summary>
    public long Rev { get; set; }

    /// <summary>Leases that were counted after the ledger was lost, as <see cref="CountedLeases"/> writes them; empty: none since the last write-behind.</summary>
    public string Recent { get; init; } = "";

    /// <summary>The pool that the totals of the token's windows speak for; empty: they said nothing yet. Only an operator moves a token.</summary>
    public string ProposedPool { get; set; } = "";

    /// <summary>Unix milliseconds; 0: never.</summary>
    public long LastUsed { get; set; }

    /// <summary>Active, but without units in every mode. Kept beside the quotas so that lists and counts stay in SQL.</summary>
    public bool Exhausted { get; set; }

    /// <summary>Units by mode, as <see cref="QuotaJson"/> writes them.</summary>
    public string Quotas { get; set; } = QuotaJson.Empty;

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Of <see cref="Columns"/>.</summary>
    public static TokenRow Read(StoredRow row) => new()
    {
        Id = row.BigNumber(0),
        Secret = row.Bytes(1),
        Fingerprint = row.Bytes(2),
        Pool = row.Text(3),
        Status = TokenStateNames.Parse(row.Text(4)),
        StatusReason = row.Text(5),
        Priority = row.Number(6),
        MaxInflight = row.Number(7),
        Remark = row.Text(8),
        FailCount = row.Number(9),
        Generation = row.Number(10),
        Rev = row.BigNumber(11),
        LastUsed = row.BigNumber(12),
        Exhausted = row.Flag(13),
        Quotas = row.Text(14),
        CreatedAt = row.Instant(15),
        UpdatedAt = row.Instant(16),
    };

    public void SetQuotas(IReadOnlyDictionary<string, LedgerQuota> quotas)
    {
        Quotas = QuotaJson.Write(quotas);
        Exhausted = IsExhausted(Status, quotas);
    }

    public static bool IsExhausted(TokenState status, IReadOnlyDictionary<string, LedgerQuota> quotas)
    {
        if (status != TokenState.Active)
            return false;
        var modes = 0;
        foreach (var quota in quotas.Values)
        {
            if (quota.Remaining > 0)
                return false;
            // A mode without limit only rests after a 429; it has no units to run out of.
            modes += quota.Limit > 0 ? 1 : 0;
        }
        return modes > 0;
    }
}

/// <summary>How token states are written in the database and in the contract.</summary>
internal static class TokenStateNames
{
    public const string Active = "active";
    public const string Disabled = "disabled";
    public const string Expired = "expired";
    public const string Exhausted = "exhausted";

    public static string Name(this TokenState state) => state switch
    {
        TokenState.Active => Active,
        TokenState.Disabled => Disabled,
        _ => Expired,
    };

    public static TokenState Parse(string name) => name switch
    {
        Active => TokenState.Active,
        Disabled => TokenState.Disabled,
        _ => TokenState.Expired,
    };
}
