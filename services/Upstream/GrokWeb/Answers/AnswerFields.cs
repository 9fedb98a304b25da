using System.Text.Json;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>How a token's message tag routes it.</summary>
internal enum MessageTag { Final, ToolUsageCard, Other }

/// <summary>A JSON string as it stands in the object, escapes and all.</summary>
internal readonly ref struct RawText(ReadOnlySpan<byte> bytes, bool isEscaped)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public bool IsEscaped { get; } = isEscaped;
}

/// <summary>The fields of one object that chat needs, e.g. {"result":{"response":{"token":"Hel","isThinking":false,"messageTag":"final","responseId":"r"}}}</summary>
internal ref struct AnswerFields
{
    public RawText Token;
    public RawText Message;
    public MessageTag Tag;
    public bool IsThinking;

    /// <summary>The agent that speaks, where there are several.</summary>
    public RawText Rollout;

    /// <summary>Null: the object carries none.</summary>
    public AnswerExtras? Extras;
    public StreamError? Error;

    /// <summary>Reads one whole object. Unknown siblings are skipped. Throws <see cref="JsonException"/> where it is not JSON.</summary>
    public static AnswerFields Read(ReadOnlySpan<byte> json)
    {
        var fields = new AnswerFields();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("result"u8))
                fields.ReadResult(ref reader);
            else if (reader.ValueTextEquals("error"u8))
                fields.ReadError(ref reader);
            else
                SkipValue(ref reader);
        }
        return fields;
    }

    private void ReadResult(ref Utf8JsonReader reader)
    {
        if (!EntersObject(ref reader))
            return;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("response"u8))
                ReadResponse(ref reader);
            else
                SkipValue(ref reader);
        }
    }

    private void ReadResponse(ref Utf8JsonReader reader)
    {
        if (!EntersObject(ref reader))
            return;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("token"u8))
                Token = ReadText(ref reader);
            else if (reader.ValueTextEquals("responseId"u8) || reader.ValueTextEquals("isSoftStop"u8))
                SkipValue(ref reader);
            else if (reader.ValueTextEquals("isThinking"u8))
                IsThinking = ReadTrue(ref reader);
            else if (reader.ValueTextEquals("messageTag"u8))
                ReadTag(ref reader);
            else if (reader.ValueTextEquals("modelResponse"u8))
                ReadModelResponse(ref reader);
            else if (reader.ValueTextEquals("error"u8))
                ReadError(ref reader);
            else if (reader.ValueTextEquals("rolloutId"u8))
                Rollout = ReadText(ref reader);
            else if (!AnswerExtras.TryRead(ref reader, ref Extras))
                SkipValue(ref reader);
        }
    }

    private void ReadModelResponse(ref Utf8JsonReader reader)
    {
        if (!EntersObject(ref reader))
            return;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("message"u8))
                Message = ReadText(ref reader);
            else if (reader.ValueTextEquals("streamErrors"u8))
                ReadStreamErrors(ref reader);
            else if (!AnswerExtras.TryRead(ref reader, ref Extras))
                SkipValue(ref reader);
        }
    }

    private void ReadTag(ref Utf8JsonReader reader)
    {
        reader.Read();
        Tag = reader.TokenType switch
        {
            JsonTokenType.String when reader.ValueTextEquals("final"u8) || reader.ValueTextEquals(""u8) => MessageTag.Final,
            JsonTokenType.String when reader.ValueTextEquals("tool_usage_card"u8) => MessageTag.ToolUsageCard,
            JsonTokenType.Null => MessageTag.Final,
            _ => MessageTag.Other,
        };
        Leave(ref reader);
    }

    private void ReadError(ref Utf8JsonReader reader)
    {
        reader.Read();
        var error = StreamError.Read(ref reader);
        Error ??= error;
    }

    /// <summary>["words"] or [{"error":{"code":7,"message":"words"}}] or [{"code":7,"message":"words"}]: the first that says anything counts.</summary>
    private void ReadStreamErrors(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Leave(ref reader);
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var error = StreamError.Read(ref reader);
            Error ??= error;
        }
    }

    private static RawText ReadText(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return new RawText(reader.ValueSpan, reader.ValueIsEscaped);
        Leave(ref reader);
        return default;
    }

    private static bool ReadTrue(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.True || Leave(ref reader);
    }

    private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private static bool EntersObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.StartObject || Leave(ref reader);
    }

    private static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>Skips what is left of the value the reader stands on.</summary>
    private static bool Leave(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return false;
    }
}
