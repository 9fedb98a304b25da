namespace GrokForge.Gateway.Keys;

/// <summary>Numbers UTC days from 1970-01-01 on, as daily limits count them.</summary>
internal static class UtcDay
{
    public static int Of(DateTimeOffset instant) => (int)(instant.ToUnixTimeSeconds() / 86400);

    /// <summary>Midnight UTC after the instant.</summary>
    public static DateTimeOffset EndOf(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds((Of(instant) + 1L) * 86400);
}
