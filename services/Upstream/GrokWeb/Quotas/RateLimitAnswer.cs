using System.Text.Json;
using GrokForge.Contracts.Tokens;

namespace GrokForge.Upstream.GrokWeb.Quotas;

/// <summary>Reads a window, e.g. {"windowSizeSeconds":7200,"remainingQueries":0,"totalQueries":50,"waitTimeSeconds":1380}</summary>
internal static class RateLimitAnswer
{
    // What a count beyond this means nobody knows.
    private const double Most = int.MaxValue;

    /// <returns>Null where the answer lacks what is left or the total, or is none at all.</returns>
    public static QuotaWindow? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var answer = json.RootElement;
            if (answer.ValueKind != JsonValueKind.Object || Count(answer, "remainingQueries") is not { } remaining || Count(answer, "totalQueries") is not { } total)
                return null;
            return new QuotaWindow
            {
                Limit = total,
                Remaining = Math.Min(remaining, total),
                WindowSeconds = Count(answer, "windowSizeSeconds") ?? 0,
                WaitSeconds = Count(answer, "waitTimeSeconds") ?? 0,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader says InvalidOperation of a name with half a surrogate pair.
            return null;
        }
    }

    /// <summary>A number of at least 0, rounded up: half a second of waiting is not over yet.</summary>
    private static int? Count(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && !double.IsNaN(number)
            ? (int)Math.Clamp(Math.Ceiling(number), 0, Most)
            : null;
}
