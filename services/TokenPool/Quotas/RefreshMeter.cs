using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Telemetry;
using Reason = GrokForge.Contracts.Quotas.QuotaRefusal.Types.Reason;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Counts refreshes of quotas for the metrics.</summary>
internal static class RefreshMeter
{
    private static readonly Counter<long> Refreshes =
        GrokForgeTelemetry.Meter.CreateCounter<long>("grokforge.quota.refreshes", "{token}", "Tokens whose quota windows were read upstream, by outcome.");

    public static void Ended(Reason? refusal, bool held) => Refreshes.Add(1, new KeyValuePair<string, object?>("outcome", !held ? "lapsed" : refusal switch
    {
        null => "read",
        Reason.TokenInvalid => "token_invalid",
        Reason.TokenBlocked => "token_blocked",
        Reason.TokenRejected => "token_rejected",
        Reason.Challenge => "challenge",
        Reason.RateLimited => "rate_limited",
        _ => "unavailable",
    }));
}
