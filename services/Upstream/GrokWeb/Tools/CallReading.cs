using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>One call found in whole JSON.</summary>
/// <param name="Arguments">Null: none were given.</param>
internal sealed record FoundCall(string Name, JsonElement? Arguments, JsonElement Object)
{
    public byte[] Raw => Encoding.UTF8.GetBytes(Object.GetRawText());
}

/// <summary>Reads calls out of whole JSON, in any of the shapes that models give them: {"name":…,"arguments":{…}}, {"function":{…}}, {"tool_calls":[…]}, […]</summary>
internal static class CallReading
{
    private static readonly string[] Lists = ["tool_calls", "function_calls", "tool_call", "function_call"];
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 600 };

    public static bool IsList(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("tool_calls"u8) || key.SequenceEqual("function_calls"u8) || key.SequenceEqual("tool_call"u8) || key.SequenceEqual("function_call"u8);

    public static bool IsName(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("name"u8) || key.SequenceEqual("tool_name"u8) || key.SequenceEqual("function_name"u8) || key.SequenceEqual("tool"u8) || key.SequenceEqual("function"u8);

    public static bool IsArguments(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("arguments"u8) || key.SequenceEqual("parameters"u8) || key.SequenceEqual("args"u8) || key.SequenceEqual("input"u8)
        || key.SequenceEqual("tool_input"u8) || key.SequenceEqual("params"u8);

    public static IReadOnlyList<FoundCall> Read(ReadOnlySpan<byte> json)
    {
        List<FoundCall> found = [];
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = 600 });
            Collect(document.RootElement.Clone(), found);
        }
        catch (JsonException)
        {
            return [];
        }
        return found;
    }

    private static void Collect(JsonElement element, List<FoundCall> found)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Collect(item, found);
        }
        if (element.ValueKind != JsonValueKind.Object)
            return;
        foreach (var list in Lists)
        {
            if (ToolSet.Member(element, list) is { ValueKind: JsonValueKind.Array or JsonValueKind.Object } calls)
            {
                Collect(calls, found);
                return;
            }
        }

        var function = ToolSet.Member(element, "function") is { ValueKind: JsonValueKind.Object } inner ? inner : element;
        if (First(function, IsName) is { ValueKind: JsonValueKind.String } name && ToolSet.TextOf(name) is { Length: > 0 } text)
            found.Add(new FoundCall(text, First(function, IsArguments) ?? First(element, IsArguments), element));
    }

    /// <summary>The arguments as a JSON object; null where nothing can be made of them.</summary>
    public static byte[]? ArgumentsOf(FoundCall call, DeclaredTool tool) => call.Arguments switch
    {
        null => Loose(call.Object, tool),
        { ValueKind: JsonValueKind.Object } given => Encoding.UTF8.GetBytes(given.GetRawText()),
        { ValueKind: JsonValueKind.String } text => FromText(ToolSet.TextOf(text)!, tool) ?? Only(text, tool),
        { } other => Only(other, tool),
    };

    /// <summary>Arguments that a model wrote as text: JSON, or nearly so.</summary>
    private static byte[]? FromText(string text, DeclaredTool tool)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [.. "{}"u8];
        var utf8 = Encoding.UTF8.GetBytes(text);
        if (utf8.AsSpan().TrimStart(" \t\r\n"u8) is not [(byte)'{', ..])
            return null;
        if (IsObject(utf8))
            return utf8;
        var mended = new Bytes();
        return new JsonRepair(utf8, mended, whole: true, quoted: false).TryMend(out _) ? mended.Take() : null;
    }

    public static bool IsObject(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 600 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>{"name":"f","city":"Paris"}: members that are the tool's own arguments.</summary>
    private static byte[] Loose(JsonElement call, DeclaredTool tool)
    {
        var own = call.EnumerateObject().Where(m => tool.Knows(m.Name) && !IsName(Encoding.UTF8.GetBytes(m.Name))).ToList();
        return Write(json =>
        {
            foreach (var member in own)
                WriteMember(json, member.Name, member.Value);
        });
    }

    /// <summary>A bare value for a tool that takes one argument.</summary>
    private static byte[]? Only(JsonElement value, DeclaredTool tool) =>
        tool.OnlyArgument is { } only ? Write(json => WriteMember(json, only, value)) : null;

    private static void WriteMember(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.GetRawText(), skipInputValidation: true);
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static JsonElement? First(JsonElement element, Func<ReadOnlySpan<byte>, bool> isWanted)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) && isWanted(NameOf(member)))
                return member.Value;
        }
        return null;
    }

    // A name with half a surrogate pair is no name that anybody looks for.
    private static byte[] NameOf(JsonProperty member)
    {
        try
        {
            return Encoding.UTF8.GetBytes(member.Name);
        }
        catch (InvalidOperationException)
        {
            return [];
        }
    }
}
