using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Admin.Tokens.Import;

/// <summary>
/// One JSON document, walked as it comes: ["token", {"token":"…","status":"active"}], {"ssoBasic":["token", {"token":"…"}]}, {"ssoSuper":{"token":{"status":"active"}}},
/// or what an export answered: {"operation":"export","tokens":[…masked…],"raw_tokens":["token"]}.
/// </summary>
internal sealed class ImportDocument : ImportForm
{
    private readonly Stack<Level> _levels = [];
    private JsonReaderState _state = new(Options);
    private string _key = "";
    private long _read;
    private int _place;

    public static JsonReaderOptions Options { get; } = new() { AllowTrailingCommas = true, MaxDepth = 64 };

    public override SequencePosition Take(in ReadOnlySequence<byte> buffer, bool isLast, List<ImportEntry> entries)
    {
        var start = _read == 0 && new SequenceReader<byte>(buffer).IsNext("\uFEFF"u8) ? 3 : 0;
        var json = buffer.Slice(start);
        var reader = new Utf8JsonReader(json, isLast, _state);
        try
        {
            for (var before = reader; reader.Read(); before = reader)
            {
                if (!TryTake(ref reader, json, entries))
                {
                    reader = before;
                    break;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Fault = $"The document is broken behind byte {_read + start + reader.BytesConsumed}; what stands before that was read.";
            return buffer.End;
        }

        _state = reader.CurrentState;
        _read += start + reader.BytesConsumed;
        if (!isLast && json.Length - reader.BytesConsumed > ImportInput.LongestEntry)
            Fault = $"Behind byte {_read} of the document stands more than {ImportInput.LongestEntry} bytes for one token; what stands before that was read.";
        return json.GetPosition(reader.BytesConsumed);
    }

    /// <summary>False: the entry that begins here is not whole yet.</summary>
    private bool TryTake(ref Utf8JsonReader reader, in ReadOnlySequence<byte> json, List<ImportEntry> entries)
    {
        var level = _levels.Count > 0 ? _levels.Peek() : new Level(Kind.Members, null);
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _key = reader.GetString()!;
                // What an export answers has its tokens twice; only those in clear text are of use.
                if (level.Kind == Kind.Members && _key == "operation")
                    _levels.Push(_levels.Pop() with { IsAnswer = true });
                break;
            case JsonTokenType.StartObject when level.Kind is Kind.List or Kind.ByToken:
                return TryTakeObject(ref reader, json, level, entries);
            case JsonTokenType.StartObject:
            case JsonTokenType.StartArray:
                _levels.Push(_levels.Count == 0 ? new Level(reader.TokenType == JsonTokenType.StartArray ? Kind.List : Kind.Members, null) : Below(level, reader.TokenType));
                break;
            case JsonTokenType.EndObject:
            case JsonTokenType.EndArray:
                _levels.Pop();
                break;
            case JsonTokenType.String when level.Kind == Kind.List || (level.Kind == Kind.Members && _key == "token"):
                Add(reader.GetString()!, level.Pool, entries);
                break;
            case JsonTokenType.Null or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Number or JsonTokenType.String when level.Kind == Kind.ByToken:
                Add(_key, level.Pool, entries);
                break;
        }

        return true;
    }

    private Level Below(Level level, JsonTokenType type)
    {
        if (level.Kind == Kind.Ignored || (level.IsAnswer && _key != "raw_tokens"))
            return new Level(Kind.Ignored, null);
        var isPool = level.Kind == Kind.Members && (Pools.Canonical(_key) is not null || _key.StartsWith("sso", StringComparison.OrdinalIgnoreCase));
        var pool = isPool ? _key : level.Pool;
        return new Level(type == JsonTokenType.StartArray ? Kind.List : isPool ? Kind.ByToken : Kind.Members, pool);
    }

    private bool TryTakeObject(ref Utf8JsonReader reader, in ReadOnlySequence<byte> json, Level level, List<ImportEntry> entries)
    {
        var start = reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;
        var text = Encoding.UTF8.GetString(json.Slice(start, reader.BytesConsumed - start));
        Add(level.Kind == Kind.ByToken ? WithToken(text, _key) : text, level.Pool, entries);
        return true;
    }

    /// <summary>{"status":"active"} under the key abc → {"token":"abc","status":"active"}</summary>
    private static string WithToken(string members, string token)
    {
        var rest = members[1..].TrimStart();
        return $"{{\"token\":\"{JavaScriptEncoder.Default.Encode(token)}\"{(rest.StartsWith('}') ? "" : ",")}{rest}";
    }

    private void Add(string text, string? pool, List<ImportEntry> entries) => entries.Add(new ImportEntry(++_place, text, pool));

    /// <summary>What stands within a bracket.</summary>
    private enum Kind
    {
        Members,
        List,
        ByToken,
        Ignored,
    }

    /// <param name="Pool">As the document calls it; null: it does not.</param>
    /// <param name="IsAnswer">Whether it is what the admin REST has answered to an export.</param>
    private readonly record struct Level(Kind Kind, string? Pool, bool IsAnswer = false);
}
