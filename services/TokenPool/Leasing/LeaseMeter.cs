using System.Diagnostics.Metrics;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Telemetry;

namespace GrokForge.TokenPool.Leasing;

/// <summary>Counts leases for the metrics. Tags are the contract's own words, never ids.</summary>
internal static class LeaseMeter
{
    private static readonly Counter<long> Borrows =
        GrokForgeTelemetry.Meter.CreateCounter<long>("grokforge.leases.borrowed", "{lease}", "Answers to wishes for a token, by result.");

    private static readonly Counter<long> Settlements =
        GrokForgeTelemetry.Meter.CreateCounter<long>("grokforge.leases.settled", "{lease}", "Leases that ended, by outcome.");

    private static readonly Counter<long> DegradedPicks = GrokForgeTelemetry.Meter.CreateCounter<long>(
        "grokforge.leases.degraded_picks", "{pick}", "Searches for a token that used up their work bound, by result.");

    public static void Granted() => Borrowed("granted");

    public static void Refused(NoToken.Types.Reason reason) => Borrowed(reason switch
    {
        NoToken.Types.Reason.Exhausted => "exhausted",
        NoToken.Types.Reason.Busy => "busy",
        NoToken.Types.Reason.Rebuilding => "rebuilding",
        _ => "no_such_pool",
    });

    /// <summary>The token lent is perhaps not the first in order, or there may be one although none was found.</summary>
    public static void Degraded(bool granted) => DegradedPicks.Add(1, new KeyValuePair<string, object?>("result", granted ? "granted" : "none"));

    public static void Settled(LeaseOutcome outcome) => Settlements.Add(1, new KeyValuePair<string, object?>("outcome", Name(outcome)));

    private static void Borrowed(string result) => Borrows.Add(1, new KeyValuePair<string, object?>("result", result));

    private static string Name(LeaseOutcome outcome) => outcome switch
    {
        LeaseOutcome.Succeeded => "succeeded",
        LeaseOutcome.TokenInvalid => "token_invalid",
        LeaseOutcome.ChallengeHit => "challenge_hit",
        LeaseOutcome.TokenBlocked => "token_blocked",
        LeaseOutcome.RefusedByPolicy => "refused_by_policy",
        LeaseOutcome.TokenRejected => "token_rejected",
        LeaseOutcome.QuotaExhausted => "quota_exhausted",
        LeaseOutcome.UpstreamUnavailable => "upstream_unavailable",
        LeaseOutcome.Abandoned => "abandoned",
        LeaseOutcome.AbandonedLate => "abandoned_late",
        _ => "broken_off",
    };
}
