using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace GrokForge.Upstream.Xai;

/// <summary>Reads when a rate limit ends: x-ratelimit-remaining-requests: 0, x-ratelimit-reset-requests: 1m30s. Others write 90, 90s, 250ms or a time.</summary>
internal static partial class RateLimitReset
{
    private static readonly string[] Limits = ["-requests", "-tokens", ""];
    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    /// <summary>The latest reset among the limits that are used up; where none says so, among all. Null: nothing is said.</summary>
    public static TimeSpan? Of(HttpResponseHeaders headers, DateTimeOffset now)
    {
        TimeSpan? usedUp = null, any = null;
        foreach (var limit in Limits)
        {
            if (Value(headers, "x-ratelimit-reset" + limit) is not { } text || Read(text, now) is not { } reset)
                continue;
            any = any > reset ? any : reset;
            if (Value(headers, "x-ratelimit-remaining" + limit) == "0")
                usedUp = usedUp > reset ? usedUp : reset;
        }

        return usedUp ?? any;
    }

    /// <returns>Null where it cannot be read, or has passed.</returns>
    public static TimeSpan? Read(string text, DateTimeOffset now)
    {
        TimeSpan? found = null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            found = number > 1e12 ? Until(number / 1000, now) : number > 1e9 ? Until(number, now) : TimeSpan.FromSeconds(Math.Min(number, Longest.TotalSeconds));
        else if (Duration().Match(text) is { Success: true } match)
            found = Part(match, "d", 86400) + Part(match, "h", 3600) + Part(match, "m", 60) + Part(match, "s", 1) + Part(match, "ms", 0.001);
        else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            found = date - now;
        return found is not { } after || after <= TimeSpan.Zero ? null : after < Longest ? after : Longest;
    }

    private static TimeSpan Until(double unixSeconds, DateTimeOffset now) =>
        TimeSpan.FromSeconds(Math.Clamp(unixSeconds - (now.ToUnixTimeMilliseconds() / 1000.0), -1, Longest.TotalSeconds));

    private static TimeSpan Part(Match match, string unit, double seconds) =>
        match.Groups[unit] is { Success: true, ValueSpan: var text } && double.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromSeconds(Math.Min(number * seconds, Longest.TotalSeconds))
            : TimeSpan.Zero;

    private static string? Value(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;

    [GeneratedRegex(@"^(?=\d)((?<d>\d+)d)?((?<h>\d+)h)?((?<m>\d+)m(?!s))?((?<s>\d+(\.\d+)?)s)?((?<ms>\d+(\.\d+)?)ms)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Duration();
}
