using System.Text.Json;

namespace GrokForge.TokenPool.Administration;

/// <summary>What one pasted line says: a bare token, a cookie string, or an object of a JSONL export with its own pool, status, priority and remark.</summary>
/// <param name="Problem">Why nothing can be read from it; empty: it can.</param>
internal sealed record ImportText(string Secret, string? Pool, string? Status, int? Priority, string? Remark, string Problem)
{
    private const string CookieName = "sso=";

    public static ImportText Read(string text)
    {
        var clean = (text.AsSpan().ContainsAny('\r', '\n', '\0') ? string.Concat(text.Where(c => c is not ('\r' or '\n' or '\0'))) : text).Trim();
        return clean.StartsWith('{') ? ReadObject(clean) : ReadCookies(clean);
    }

    private static ImportText ReadCookies(string text)
    {
        var parts = text.Split(';', StringSplitOptions.TrimEntries);
        if (Array.Find(parts, p => p.StartsWith(CookieName, StringComparison.OrdinalIgnoreCase)) is { } cookie)
            return Bare(cookie[CookieName.Length..].Trim());
        // Another cookie's value would be taken for a token.
        return IsCookie(parts[0])
            ? Broken("The cookies have none that is named sso.")
            : Bare(parts[0]);
    }

    /// <summary>A bare token may end in '=', but has none before other characters.</summary>
    private static bool IsCookie(string part) => part.TrimEnd('=').Contains('=', StringComparison.Ordinal);

    private static ImportText ReadObject(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text.TrimEnd(','));
            var line = document.RootElement;
            if (!line.TryGetProperty("token", out var token) || token.ValueKind != JsonValueKind.String)
                return Broken("token: is missing or no text.");
            var priority = 0;
            if (line.TryGetProperty("priority", out var asked) && asked.ValueKind != JsonValueKind.Null && (asked.ValueKind != JsonValueKind.Number || !asked.TryGetInt32(out priority)))
                return Broken("priority: must be a whole number.");
            return ReadCookies(token.GetString()!.Trim()) with
            {
                Pool = Text(line, "pool"),
                Status = Persisted(Text(line, "status")),
                Priority = asked.ValueKind == JsonValueKind.Number ? priority : null,
                Remark = Text(line, "remark") ?? Text(line, "note"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Broken("The line begins like JSON and is none.");
        }
    }

    /// <summary>Exports also name states that are derived from an active token's figures, and tokens that were refused: those stay out of use until somebody looks at them.</summary>
    private static string? Persisted(string? status) => status switch
    {
        "exhausted" or "cooling" or "normal" or "limited" => "active",
        "expired" or "invalid" => "disabled",
        _ => status,
    };

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static ImportText Bare(string secret) => new(secret, null, null, null, null, "");

    private static ImportText Broken(string problem) => new("", null, null, null, null, problem);
}
