using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Upkeep;
using Reason = GrokForge.Contracts.Quotas.QuotaRefusal.Types.Reason;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Draws the consequences of a reading: windows in force, a token that is of no use any more, how long it rests, which pool it seems to belong to.</summary>
internal sealed class RefreshEnding(ILedger ledger, RefreshPace pace, PoolProposals proposals, TokenStateAnnouncer announcer)
{
    public async Task EndAsync(RefreshClaim claim, WindowReading reading, CancellationToken cancellationToken)
    {
        if (reading.Refusal is { Reason: Reason.Challenge or Reason.Unavailable })
            pace.Failed();
        else
            pace.Answered();

        var report = Report(claim, reading);
        var end = await ledger.EndRefreshAsync(claim, report, cancellationToken);
        RefreshMeter.Ended(reading.Refusal?.Reason, end.Held);
        if (!end.Held)
            return;
        if (end.StateChangedTo is { } state)
            announcer.SettledInto(claim.TokenId, state, report.Reason);
        if (TierInference.PoolOf(reading.Observed) is { } pool)
            await proposals.ProposeAsync(claim.TokenId, pool, cancellationToken);
    }

    private RefreshReport Report(RefreshClaim claim, WindowReading reading)
    {
        var failed = reading.Refusal is { Reason: not (Reason.TokenInvalid or Reason.TokenBlocked) };
        var asked = TimeSpan.FromSeconds(Math.Clamp(reading.Refusal?.RetryAfterSeconds ?? 0, 0, 86400));
        var (state, reason) = reading.Refusal?.Reason switch
        {
            Reason.TokenInvalid => (TokenState.Expired, "The upstream refused the token (401) when its quota was read."),
            Reason.TokenBlocked => (TokenState.Disabled, "The upstream has blocked this user."),
            _ => ((TokenState?)null, ""),
        };
        return new RefreshReport(reading.Observed, pace.Rest(failed ? claim.Failures + 1 : 0, asked), failed, state, reason);
    }
}
