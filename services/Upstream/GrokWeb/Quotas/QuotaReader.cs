using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using Reason = GrokForge.Contracts.Quotas.QuotaRefusal.Types.Reason;

namespace GrokForge.Upstream.GrokWeb.Quotas;

/// <summary>Reads quota windows for the token pool, which decides when, and says what a refusal means there.</summary>
internal sealed class QuotaReader(RateLimits limits, UpstreamGate gate, SecretProtector protector, CurrentSettings settings, CurrentCatalog catalog) : IUpstreamQuotas
{
    public async Task<ReadQuotaReply> ReadAsync(ReadQuotaRequest request, CancellationToken cancellationToken)
    {
        if (!Pools.Web.Contains(request.Pool) || catalog.Current.FindMode(request.Mode) is not { Local: false } mode)
            return Refuse(Reason.Unsupported, "does not count this mode");
        // Before the saved settings are read, a request might leave by the wrong way.
        if (!settings.Ready.IsCompletedSuccessfully)
            return Refuse(Reason.Unavailable, "was not asked, because the saved settings have not been read yet");
        var snapshot = settings.Current;
        if (gate.ClosedFor(snapshot) is { } left)
            return Refuse(Reason.Unavailable, "fails as a whole and is left alone for a moment", left);
        if (protector.TryUnprotect(request.ProtectedSecret.Span) is not { } secret)
            return Refuse(Reason.Unavailable, Refusal.SecretUnreadable.What);

        var (window, refusal) = await limits.ReadAsync(snapshot, secret, mode.UpstreamName, cancellationToken);
        return window is not null ? new ReadQuotaReply { Window = window } : Refuse(ReasonOf(refusal!), refusal!.What, refusal.ResumeAfter);
    }

    private static Reason ReasonOf(Refusal refusal) => refusal.Outcome switch
    {
        LeaseOutcome.TokenInvalid => Reason.TokenInvalid,
        LeaseOutcome.TokenBlocked => Reason.TokenBlocked,
        LeaseOutcome.ChallengeHit => Reason.Challenge,
        LeaseOutcome.QuotaExhausted => Reason.RateLimited,
        LeaseOutcome.TokenRejected or LeaseOutcome.RefusedByPolicy => Reason.TokenRejected,
        _ => Reason.Unavailable,
    };

    private static ReadQuotaReply Refuse(Reason reason, string detail, TimeSpan? retryAfter = null) =>
        new() { Refusal = new QuotaRefusal { Reason = reason, Detail = detail, RetryAfterSeconds = retryAfter?.TotalSeconds ?? 0 } };
}
