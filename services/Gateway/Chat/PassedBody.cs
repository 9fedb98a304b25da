using System.Text.Json;
using System.Text.Unicode;

namespace GrokForge.Gateway.Chat;

/// <summary>What the gateway must know of a body that it passes on: {"model":"xai/grok-4","messages":[…],"stream":true}. The rest is between the client and the API.</summary>
/// <param name="Stream">Null: not said; app.stream decides.</param>
internal sealed record PassedBody(string Model, bool? Stream, bool HasMessages, bool HasPrompt)
{
    /// <summary>The client's own name of the conversation; empty: none.</summary>
    public string CacheKey { get; init; } = "";

    /// <summary>Whom the client speaks for; empty: not said.</summary>
    public string User { get; init; } = "";

    /// <summary>Where the messages stand that all requests of a conversation have in common: up to and with the first one of its user. Length 0: there is none.</summary>
    public (int Start, int Length) Beginning { get; init; }

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    /// <summary>What clients put into their JSON that no reader takes: a byte order mark before it, halves of surrogate pairs in its texts.</summary>
    /// <returns>The same bytes where there is nothing to mend.</returns>
    public static ReadOnlyMemory<byte> Mend(ReadOnlyMemory<byte> body) => JsonSurrogates.Mend(body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body);

    /// <returns>Null where it is no JSON object in UTF-8 with a model, or one of the known fields is of the wrong type.</returns>
    public static PassedBody? Read(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
            return null;
        try
        {
            var reader = new Utf8JsonReader(body, Options);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? ReadMembers(ref reader) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader says InvalidOperation of half a surrogate pair.
            return null;
        }
    }

    private static PassedBody? ReadMembers(ref Utf8JsonReader reader)
    {
        var found = new PassedBody("", null, HasMessages: false, HasPrompt: false);
        while (found is not null && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"u8))
                found = reader.Read() && reader.TokenType == JsonTokenType.String ? found with { Model = reader.GetString()! } : null;
            else if (reader.ValueTextEquals("stream"u8))
                found = ReadStream(ref reader, found);
            else if (reader.ValueTextEquals("messages"u8))
                found = reader.Read() && reader.TokenType == JsonTokenType.StartArray ? found with { HasMessages = true, Beginning = BeginningOf(reader) } : null;
            else if (reader.ValueTextEquals("input"u8))
                found = reader.Read() && reader.TokenType == JsonTokenType.StartArray ? found with { Beginning = BeginningOf(reader) } : found;
            else if (reader.ValueTextEquals("prompt_cache_key"u8))
                found = found with { CacheKey = Text(ref reader) };
            else if (reader.ValueTextEquals("user"u8))
                found = found with { User = Text(ref reader) };
            else if (reader.ValueTextEquals("prompt"u8))
                found = found with { HasPrompt = reader.Read() && reader.TokenType == JsonTokenType.String };
            reader.Skip();
        }

        // Nothing may stand behind the object.
        return found is { Model.Length: > 0 } && !reader.Read() ? found : null;
    }

    private static string Text(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";

    /// <param name="reader">A copy that stands at the start of the messages: what it reads is read again.</param>
    private static (int Start, int Length) BeginningOf(Utf8JsonReader reader)
    {
        var start = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var isUsers = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isRole = reader.ValueTextEquals("role"u8);
                reader.Read();
                isUsers |= isRole && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("user"u8);
                reader.Skip();
            }

            if (isUsers)
                return (start, (int)reader.BytesConsumed - start);
        }

        return default;
    }

    private static PassedBody? ReadStream(ref Utf8JsonReader reader, PassedBody found)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.True => found with { Stream = true },
            JsonTokenType.False => found with { Stream = false },
            JsonTokenType.Null => found,
            _ => null,
        };
    }
}
