using System.Globalization;

namespace GrokForge.Gateway.Limits;

/// <summary>Writes a verdict as the rate-limit headers that OpenAI's clients read.</summary>
internal static class LimitHeaders
{
    public static void Write(IHeaderDictionary headers, LimitVerdict verdict)
    {
        if (verdict.Limit <= 0)
            return;

        headers["x-ratelimit-limit-requests"] = verdict.Limit.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-remaining-requests"] = verdict.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset-requests"] = $"{WholeSeconds(verdict.Reset)}s";
        if (verdict.Refusal != LimitRefusal.None)
            headers.RetryAfter = WholeSeconds(verdict.RetryAfter).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Rounds up, at least 1.</summary>
    public static long WholeSeconds(TimeSpan span) => Math.Max(1, (long)Math.Ceiling(span.TotalSeconds));
}
