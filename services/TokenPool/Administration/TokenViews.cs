using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Administration;

/// <summary>Shows rows as administration sees them: masked, with the ledger's live figures where it has them.</summary>
internal sealed class TokenViews(ILedger ledger, TokenKeys keys, CurrentCatalog catalog, CurrentSettings settings, TimeProvider time)
{
    public async Task<IReadOnlyList<TokenView>> OfAsync(IReadOnlyList<TokenRow> rows, CancellationToken cancellationToken)
    {
        var live = await LiveAsync(rows, cancellationToken);
        return [.. rows.Select(row => Of(row, live.GetValueOrDefault(row.Id)))];
    }

    private async Task<Dictionary<long, LedgerTokenView>> LiveAsync(IReadOnlyList<TokenRow> rows, CancellationToken cancellationToken)
    {
        try
        {
            return (await ledger.ReadAsync([.. rows.Select(r => r.Id)], cancellationToken)).ToDictionary(v => v.Id);
        }
        catch (Exception e) when (Outage.OfLedger(e))
        {
            // The list is worth showing when Redis is away: that is when an operator looks at it.
            return [];
        }
    }

    private TokenView Of(TokenRow row, LedgerTokenView? live)
    {
        // A row ahead of the ledger was just edited, and the ledger follows.
        if (live is not null && live.Generation < row.Generation)
            live = null;
        var status = live?.State ?? row.Status;
        var quotas = live?.Quotas ?? QuotaJson.Read(row.Quotas);
        var view = new TokenView
        {
            Id = row.Id,
            Masked = keys.Mask(row.Secret),
            Pool = row.Pool,
            Status = status.Name(),
            DisplayStatus = TokenRow.IsExhausted(status, quotas) ? TokenStateNames.Exhausted : status.Name(),
            Inflight = live?.Inflight ?? 0,
            FailCount = live?.FailCount ?? row.FailCount,
            LastUsed = (live?.LastUsed?.ToUnixTimeMilliseconds() ?? row.LastUsed) / 1000,
            Remark = row.Remark,
            StatusReason = live is { Reason.Length: > 0 } ? live.Reason : status == row.Status ? row.StatusReason : "",
            Priority = row.Priority,
            CreatedAt = row.CreatedAt.ToUnixTimeSeconds(),
            UpdatedAt = row.UpdatedAt.ToUnixTimeSeconds(),
            MaxInflight = row.MaxInflight,
            ProposedPool = row.ProposedPool == row.Pool ? "" : row.ProposedPool,
        };
        foreach (var (mode, quota) in quotas)
        {
            // A mode that the upstream does not give the token is not one of its modes.
            if (quota.Limit > 0 || quota.ResumeAt is not null)
                view.Quotas[mode] = Of(mode, quota);
        }
        return view;
    }

    private ModeQuota Of(string mode, LedgerQuota quota) => new()
    {
        Remaining = quota.Remaining,
        Limit = quota.Limit,
        ResumeAt = quota.ResumeAt?.ToUnixTimeSeconds() ?? 0,
        ObservedAt = quota.ObservedAt?.ToUnixTimeSeconds() ?? 0,
        Stale = catalog.Current.FindMode(mode) is { Local: false } && !(quota.ObservedAt >= time.GetUtcNow() - settings.Current.Token.RefreshStaleAfter),
    };
}
