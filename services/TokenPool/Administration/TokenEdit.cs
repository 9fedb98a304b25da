using System.Text;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Administration;

/// <summary>One wanted change of a token, checked as far as that is possible without the token.</summary>
internal sealed class TokenEdit
{
    private const int MaxRemarkBytes = 500;
    private const int MaxMaxInflight = 1024;

    private readonly UpdateTokenRequest _request;
    private readonly TokenState? _state;
    private readonly string? _pool;

    public TokenEdit(UpdateTokenRequest request)
    {
        _request = request;
        _state = request.HasStatus ? State(request.Status) : null;
        _pool = request.HasPool ? Pools.Canonical(request.Pool) ?? throw AdminErrors.Invalid("pool", $"'{request.Pool}' is unknown.") : null;
        if (request.HasRemark)
            CheckRemark(request.Remark);
        if (request.HasMaxInflight && request.MaxInflight is < TokenRow.ConfiguredMaxInflight or > MaxMaxInflight)
            throw AdminErrors.Invalid("max_inflight", "must be -1 (as configured), 0 (no cap) to 1024.");
    }

    /// <summary>active or disabled; everything else is refused.</summary>
    public static TokenState State(string status) => status switch
    {
        TokenStateNames.Active => TokenState.Active,
        TokenStateNames.Disabled => TokenState.Disabled,
        _ => throw AdminErrors.Invalid("status", "must be active or disabled."),
    };

    public static void CheckRemark(string remark)
    {
        if (Encoding.UTF8.GetByteCount(remark) > MaxRemarkBytes)
            throw AdminErrors.Invalid("remark", "must not be longer than 500 bytes.");
    }

    /// <summary>Changes the row, and answers what the ledger has to put in force.</summary>
    /// <param name="live">The token as it lives; null where the ledger does not have it, or is behind the row.</param>
    public LedgerToken Apply(TokenRow row, LedgerTokenView? live, ModelCatalog catalog, DateTimeOffset now)
    {
        if (live is not null)
            TakeOver(row, live);
        var quotas = live?.Quotas.ToDictionary() ?? QuotaJson.Read(row.Quotas);
        var changed = ChangedQuotas(row, quotas, catalog);
        row.Priority = _request.HasPriority ? _request.Priority : row.Priority;
        row.Remark = _request.HasRemark ? _request.Remark : row.Remark;
        row.MaxInflight = _request.HasMaxInflight ? _request.MaxInflight : row.MaxInflight;
        row.Generation++;
        row.Rev++;
        row.UpdatedAt = now;

        if (_state is { } wanted)
        {
            if (StatusReason.Clean(_request.Reason) is { Length: > 0 } reason)
                row.StatusReason = reason;
            else if (wanted != TokenState.Active || row.Status != wanted)
                row.StatusReason = wanted == TokenState.Active ? "manual enable" : "manual disable";
            row.Status = wanted;
            if (wanted == TokenState.Active)
                row.FailCount = 0;
        }
        row.SetQuotas(quotas);

        // Without a word about the status the token keeps what it has by the time the edit reaches the ledger: it may have expired in this very moment.
        return LedgerEntry.Administered(row, live is null ? quotas : changed) with { SetsState = _state is not null || live is null };
    }

    /// <summary>The row's rev says that it has seen what the token was up to now.</summary>
    private static void TakeOver(TokenRow row, LedgerTokenView live)
    {
        (row.Status, row.FailCount) = (live.State, live.FailCount);
        row.LastUsed = Math.Max(row.LastUsed, live.LastUsed?.ToUnixTimeMilliseconds() ?? 0);
        if (live.Reason.Length > 0)
            row.StatusReason = live.Reason;
    }

    /// <summary>Puts a change of pool and new units into the quotas; answers the changed modes alone, with limit 0 for those that ended.</summary>
    private Dictionary<string, LedgerQuota> ChangedQuotas(TokenRow row, Dictionary<string, LedgerQuota> quotas, ModelCatalog catalog)
    {
        var changed = new Dictionary<string, LedgerQuota>();
        if (_pool is not null && _pool != row.Pool)
        {
            row.Pool = _pool;
            row.ProposedPool = "";
            // What the upstream did not give the token in its old pool is asked anew.
            foreach (var absent in quotas.Where(q => q.Value is { Limit: 0, ObservedAt: not null }).Select(q => q.Key).ToList())
                quotas.Remove(absent);
            changed = PoolQuotas.Difference(_pool, quotas, catalog) ?? [];
        }
        foreach (var (mode, quota) in changed)
        {
            if (quota.Limit == 0)
                quotas.Remove(mode);
            else
                quotas[mode] = quota;
        }
        foreach (var (mode, remaining) in _request.Quotas)
        {
            if (!quotas.TryGetValue(mode, out var quota))
                throw AdminErrors.Invalid("quotas", $"the pool {Pools.SeedName(row.Pool)} has no mode '{mode}'.");
            if (remaining < 0 || remaining > quota.Limit)
                throw AdminErrors.Invalid("quotas", $"'{mode}' must be 0 to its limit {quota.Limit}.");
            changed[mode] = quotas[mode] = quota with { Remaining = remaining, ResumeAt = null };
        }
        return changed;
    }
}
