using System.Text.Json;
using System.Text.Unicode;

namespace GrokForge.Gateway.Chat;

/// <summary>What the gateway must know of a body that it passes on: {"model":"xai/grok-4","messages":[…],"stream":true}. The rest is between the client and the API.</summary>
/// <param name="Stream">Null: not said; app.stream decides.</param>
internal sealed record PassedBody(string Model, bool? Stream, bool HasMessages, bool HasPrompt)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

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
                found = reader.Read() && reader.TokenType == JsonTokenType.StartArray ? found with { HasMessages = true } : null;
            else if (reader.ValueTextEquals("prompt"u8))
                found = found with { HasPrompt = reader.Read() && reader.TokenType == JsonTokenType.String };
            reader.Skip();
        }

        // Nothing may stand behind the object.
        return found is { Model.Length: > 0 } && !reader.Read() ? found : null;
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
