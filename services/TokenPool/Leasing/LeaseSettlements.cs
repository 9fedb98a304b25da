using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Leasing;

/// <summary>What each outcome of a lease does to the token and to its units: the policy table of leasing.</summary>
internal static class LeaseSettlements
{
    /// <summary>The upstream's own word is believed up to this.</summary>
    private static readonly TimeSpan LongestResume = TimeSpan.FromDays(31);

    private static readonly Settlement Kept = new(
        Refund: false, Exhausted: false, ResumeAfter: null, NewState: null, Reason: "", Failed: false, Succeeded: false, Generation: 0);

    private static readonly Settlement Refunded = Kept with { Refund = true };

    /// <returns>Null where the outcome is not one of the contract's.</returns>
    public static Settlement? For(SettleRequest request) => request.Outcome switch
    {
        LeaseOutcome.Succeeded => Kept with { Succeeded = true, Generation = request.Generation },
        LeaseOutcome.TokenInvalid => Ends(request, TokenState.Expired, "The upstream refused the token (401)."),
        LeaseOutcome.TokenBlocked => Ends(request, TokenState.Disabled, "The upstream has blocked this user."),
        LeaseOutcome.TokenRejected => Refunded with { Failed = true, Reason = Reason(request, "The upstream refused the token (403)."), Generation = request.Generation },
        LeaseOutcome.QuotaExhausted => Kept with { Exhausted = true, ResumeAfter = ResumeAfter(request), Generation = request.Generation },
        LeaseOutcome.ChallengeHit or LeaseOutcome.RefusedByPolicy or LeaseOutcome.UpstreamUnavailable or LeaseOutcome.Abandoned =>
            Refunded with { Generation = request.Generation },
        LeaseOutcome.BrokenOff or LeaseOutcome.AbandonedLate => Kept with { Generation = request.Generation },
        _ => null,
    };

    private static Settlement Ends(SettleRequest request, TokenState state, string otherwise) =>
        Refunded with { NewState = state, Reason = Reason(request, otherwise), Generation = request.Generation };

    private static string Reason(SettleRequest request, string otherwise) =>
        StatusReason.Clean(request.Detail) is { Length: > 0 } detail ? detail : otherwise;

    private static TimeSpan? ResumeAfter(SettleRequest request)
    {
        double seconds = request.ResumeAfterSeconds is > 0 and var named ? named : request.ObservedWindow?.WaitSeconds ?? 0;
        if (seconds is not > 0)
            return null;
        return seconds < LongestResume.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestResume;
    }
}
