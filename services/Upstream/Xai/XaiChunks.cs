using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.Xai;

/// <summary>
/// Makes an answer's JSON the client's: {"id":"…","object":"chat.completion.chunk","created":1,"model":"grok-4","choices":[…]} gets the model name that the client
/// knows, and loses the usage that it did not ask for. All else stays byte for byte.
/// </summary>
/// <param name="model">As the client asked for it.</param>
/// <param name="key">Taken out of what an error says.</param>
internal sealed class XaiChunks(string model, bool showsUsage, string key)
{
    private readonly byte[] _ours = XaiJson.Quoted(model);

    // The chunks of a stream begin alike, up to and with the model: after the first one nothing needs to be parsed.
    private byte[] _beginning = [];
    private byte[] _ourBeginning = [];

    /// <summary>What the answer has cost, as far as it said so.</summary>
    public Usage? Usage { get; private set; }

    /// <summary>The error that was taken in place of a part of an answer; null: none.</summary>
    public XaiError? Error { get; private set; }

    /// <returns>The client's bytes; null: there is nothing for the client in them, or they are an error.</returns>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public byte[]? Take(ReadOnlySpan<byte> chunk) =>
        _beginning.Length > 0 && chunk.StartsWith(_beginning) && !IsSpecial(chunk[_beginning.Length..])
            ? [.. _ourBeginning, .. chunk[_beginning.Length..]]
            : Parse(chunk);

    /// <summary>Whether a chunk is of the answer: not where all it has is {"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}]}</summary>
    public static bool SaysSomething(ReadOnlySpan<byte> chunk)
    {
        var reader = new Utf8JsonReader(chunk, XaiJson.Options);
        var isRole = false;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName when reader.CurrentDepth == 1:
                    // Beside the choices nothing counts as an answer but what an answer alone has.
                    if (reader.ValueTextEquals("citations"u8))
                        return true;
                    if (!reader.ValueTextEquals("choices"u8))
                        reader.Skip();
                    break;
                case JsonTokenType.PropertyName:
                    isRole = reader.ValueTextEquals("role"u8) || reader.ValueTextEquals("index"u8);
                    break;
                case JsonTokenType.String when !isRole && !reader.ValueSpan.IsEmpty:
                case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False when !isRole:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether more than the model may have to change. Inside a JSON string these quotes would be escaped.</summary>
    private static bool IsSpecial(ReadOnlySpan<byte> rest) => rest.IndexOf("\"usage\""u8) >= 0 || rest.IndexOf("\"error\""u8) >= 0;

    private byte[]? Parse(ReadOnlySpan<byte> chunk)
    {
        var parts = XaiParts.Of(chunk);
        if (parts.IsError)
        {
            Error = XaiError.Read(chunk, key);
            return null;
        }

        if (parts.Usage.Length > 0 && chunk[parts.Usage.Start] == '{')
            Usage = XaiUsage.Read(chunk.Slice(parts.Usage.Start, parts.Usage.Length));
        var hidesUsage = parts.Usage.Length > 0 && !showsUsage;
        if (hidesUsage && !parts.HasChoices && !parts.HasCitations)
            return null;

        var edits = new JsonSplice();
        if (hidesUsage && parts.Usage.Start < parts.Model.Start)
            parts.HideUsage(edits);
        if (parts.Model.Length > 0)
            edits.Replace(parts.Model.Start, parts.Model.Length, _ours);
        if (hidesUsage && parts.Usage.Start > parts.Model.Start)
            parts.HideUsage(edits);
        if (parts.Model.Length > 0 && (parts.Usage.Length == 0 || parts.Usage.Start > parts.Model.Start))
            Remember(chunk, parts.Model.Start, parts.Model.Length);
        return edits.Apply(chunk);
    }

    private void Remember(ReadOnlySpan<byte> chunk, int start, int length)
    {
        _beginning = chunk[..(start + length)].ToArray();
        _ourBeginning = [.. chunk[..start], .. _ours];
    }
}
