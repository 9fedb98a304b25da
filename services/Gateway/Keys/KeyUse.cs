using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Keys;

/// <summary>Whether a request costs its key a unit of the day and of the total: the door sets it as a feature of the HttpContext when it knows the end, and the database counts by the same rule.</summary>
internal sealed record KeyUse(bool Costs)
{
    private const int ClientClosedRequest = 499;

    /// <summary>Refused and failed requests cost nothing; one that the client itself gave up does, and one whose answer broke after it had begun.</summary>
    /// <param name="outcome">One of <see cref="UsageOutcome"/>; empty where only the status is known.</param>
    public static bool Counts(int status, string outcome) => status is < 400 or ClientClosedRequest || outcome == UsageOutcome.BrokenOff;
}
