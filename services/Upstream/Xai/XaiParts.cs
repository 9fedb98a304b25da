using System.Text.Json;

namespace GrokForge.Upstream.Xai;

/// <summary>Where in an answer's JSON object stands what may have to change. A length of 0 means that it is not there.</summary>
internal readonly record struct XaiParts
{
    private static readonly byte[] Null = "null"u8.ToArray();

    /// <summary>The value of model.</summary>
    public (int Start, int Length) Model { get; private init; }

    /// <summary>The value of usage, which may be null.</summary>
    public (int Start, int Length) Usage { get; private init; }

    /// <summary>Whether choices are there, and not empty.</summary>
    public bool HasChoices { get; private init; }

    public bool HasCitations { get; private init; }

    public bool IsError { get; private init; }

    /// <summary>The end of the member before usage; 0: usage is the first one.</summary>
    private int BeforeUsage { get; init; }

    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static XaiParts Of(ReadOnlySpan<byte> json)
    {
        var parts = new XaiParts();
        var reader = new Utf8JsonReader(json, XaiJson.Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("It must be an object.");
        var end = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"u8))
                parts = parts with { Model = XaiJson.SkipValue(ref reader) };
            else if (reader.ValueTextEquals("usage"u8))
                parts = parts with { Usage = XaiJson.SkipValue(ref reader), BeforeUsage = end };
            else if (reader.ValueTextEquals("choices"u8))
                parts = parts with { HasChoices = ValueOf(json, ref reader).Contains((byte)'{') };
            else if (reader.ValueTextEquals("citations"u8))
                parts = parts with { HasCitations = ValueOf(json, ref reader).Contains((byte)'"') };
            else if (reader.ValueTextEquals("error"u8))
                parts = parts with { IsError = !ValueOf(json, ref reader).SequenceEqual(Null) };
            else
                reader.Skip();
            end = (int)reader.BytesConsumed;
        }

        // Nothing may stand behind the object.
        reader.Read();
        return parts;
    }

    /// <summary>Takes the member out, with the comma before it.</summary>
    public void HideUsage(JsonSplice edits)
    {
        if (BeforeUsage > 0)
            edits.Replace(BeforeUsage, Usage.Start + Usage.Length - BeforeUsage, []);
        else
            edits.Replace(Usage.Start, Usage.Length, Null);
    }

    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        var (start, length) = XaiJson.SkipValue(ref reader);
        return json.Slice(start, length);
    }
}
