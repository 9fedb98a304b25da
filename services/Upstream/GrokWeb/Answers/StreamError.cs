using System.Text.Json;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>An error reported inside a 200, e.g. {"code":7,"message":"Request rejected by anti-bot rules.","details":[]}</summary>
internal sealed record StreamError(int? Code, string Message)
{
    private const int AntiBot = 7;

    /// <summary>Reads the value the reader stands on and leaves the reader on its end: words, the object, or the object inside "error". Null: it says nothing.</summary>
    public static StreamError? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.ValueSpan.IsEmpty ? null : new StreamError(null, Lenient(ref reader));
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        int? code = null;
        var message = "";
        StreamError? inner = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCode = reader.ValueTextEquals("code"u8);
            var isMessage = reader.ValueTextEquals("message"u8);
            var isError = reader.ValueTextEquals("error"u8);
            reader.Read();
            if (isCode && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number))
                code = number;
            else if (isMessage && reader.TokenType == JsonTokenType.String)
                message = Lenient(ref reader);
            else if (isError)
                inner = Read(ref reader);
            else
                reader.Skip();
        }
        return inner ?? (code is null && message.Length == 0 ? null : new StreamError(code, message));
    }

    /// <summary>What the error means for the token and the tries that follow. Its words stay here: they may name addresses.</summary>
    public Refusal ToRefusal()
    {
        if (Code == AntiBot || Says("anti-bot"))
            return Refusal.AntiBot;
        if (Says("usage limit") || Says("usage quota"))
            return Refusal.QuotaExhausted(null);
        return Refusal.Unavailable(Code is { } code ? $"reported an error inside its answer (code {code})" : "reported an error inside its answer");
    }

    private bool Says(string words) => Message.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static string Lenient(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair or broken UTF-8 in an error's words.
            return "unreadable";
        }
    }
}
