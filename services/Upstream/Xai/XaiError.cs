using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace GrokForge.Upstream.Xai;

/// <summary>What a refusal says, fit for a client: {"code":"Some requested entity was not found","error":"The model x does not exist."} or {"error":{"message":…,"param":…,"code":…}}</summary>
/// <param name="Message">Empty: nothing that a client could read.</param>
/// <param name="Code">A word such as context_length_exceeded; empty: none.</param>
internal sealed partial record XaiError(string Message, string Code, string Param)
{
    private const int LongestMessage = 1000;

    /// <summary>The HTTP status that an error inside an answer names, or means by its kind; 0: it does not say.</summary>
    public int Status { get; private init; }

    /// <summary>Whether it says that the key is wrong. Elsewhere in a message the words may be the client's own.</summary>
    public bool IsAboutKey => Code == "invalid_api_key"
        || Message.StartsWith("incorrect api key", StringComparison.OrdinalIgnoreCase) || Message.StartsWith("invalid api key", StringComparison.OrdinalIgnoreCase);

    public bool Says(string words) => Message.Contains(words, StringComparison.OrdinalIgnoreCase);

    /// <param name="key">Taken out of the message, whatever else is.</param>
    public static XaiError Read(ReadOnlySpan<byte> body, string key)
    {
        try
        {
            var reader = new Utf8JsonReader(body, XaiJson.Options);
            using var json = JsonDocument.ParseValue(ref reader);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return new XaiError("", "", "");
            var inner = root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error : root;
            var message = Text(inner, "message") ?? Text(inner, "error") ?? Text(inner, "detail") ?? Text(root, "code") ?? "";
            return new XaiError(Clean(message, key), Word(Text(inner, "code"), key), Word(Text(inner, "param"), key)) { Status = StatusOf(inner) };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // HTML or plain text is somebody else's: a proxy's, or a wrong address.
            return new XaiError("", "", "");
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>{"code":429}, {"status":503}, {"type":"invalid_request_error"}, {"code":"rate_limit_exceeded"}</summary>
    private static int StatusOf(JsonElement error)
    {
        foreach (var name in (ReadOnlySpan<string>)["code", "status"])
        {
            if (error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var status) && status is >= 400 and <= 599)
                return status;
        }

        return (Text(error, "code"), Text(error, "type")) switch
        {
            ("rate_limit_exceeded", _) or (_, "rate_limit_error" or "rate_limit_exceeded") => 429,
            (_, "authentication_error") => 401,
            (_, "permission_error") => 403,
            (_, "invalid_request_error") => 400,
            _ => 0,
        };
    }

    /// <summary>One line without keys, the accounts they belong to, and the upstream's addresses.</summary>
    private static string Clean(string message, string key)
    {
        var line = new StringBuilder(message.Length);
        foreach (var c in key.Length > 0 ? message.Replace(key, "****", StringComparison.Ordinal) : message)
            line.Append(char.IsControl(c) ? ' ' : c);
        var clean = Secrets().Replace(line.ToString(), "****");
        clean = Accounts().Replace(clean, "$1 ****");
        clean = Addresses().Replace(clean, "(address left out)").Trim();
        if (clean.Length <= LongestMessage)
            return clean;
        return clean[..(char.IsHighSurrogate(clean[LongestMessage - 1]) ? LongestMessage - 1 : LongestMessage)];
    }

    private static string Word(string? text, string key) =>
        text is not null && Words().IsMatch(text) && !Secrets().IsMatch(text) && (key.Length == 0 || !text.Contains(key, StringComparison.Ordinal)) ? text : "";

    [GeneratedRegex(@"\b(?:xai|sk)-[\w\-*]{4,}|\bxa\*+\w*|\bbearer\s+\S{6,}|\beyJ[\w\-.]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secrets();

    [GeneratedRegex(@"\b(team|organization|user|account|project)\s+(?:id\s+)?[""']?[0-9a-f]{8}-[0-9a-f-]{27}[""']?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Accounts();

    [GeneratedRegex(@"\bhttps?://(?:[\w-]+\.)*(?:x\.ai|openai\.com|localhost|\d+\.\d+\.\d+\.\d+)(?::\d+)?[^\s""'<>]*|\b(?:[\w-]+\.)*x\.ai\b[^\s""'<>]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Addresses();

    [GeneratedRegex(@"^[A-Za-z0-9_.\[\]-]{1,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
