using System.Globalization;

namespace GrokForge.Admin.Rim;

/// <summary>Writes and reads points in time as RFC 3339, 2026-01-31T09:30:00Z.</summary>
internal static class Instant
{
    private static readonly string[] Forms =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>Null for 0, which stands for never.</summary>
    public static string? OfSeconds(long unixSeconds) =>
        unixSeconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string OfMilliseconds(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Unix seconds; null where the text is no point in time with a zone.</summary>
    public static long? Parse(string text)
    {
        if (!text.EndsWith('Z') && text.LastIndexOfAny(['+', '-']) <= text.IndexOf('T', StringComparison.Ordinal))
            return null;

        return DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant.ToUnixTimeSeconds()
            : null;
    }
}
