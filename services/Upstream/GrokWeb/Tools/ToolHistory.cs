using System.Text;
using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Writes earlier calls and their results into the conversation, in the form that new calls have. What an earlier answer broke is mended, so that the model does not learn from it.</summary>
internal sealed class ToolHistory
{
    private readonly Dictionary<string, string> _nameOfCall = new(StringComparer.Ordinal);

    /// <summary>Reads the names of the calls, which results mention by id only.</summary>
    public ToolHistory(IReadOnlyList<Message> messages)
    {
        foreach (var message in messages)
        {
            if (message.ToolCalls.IsEmpty)
                continue;
            using var calls = JsonDocument.Parse(message.ToolCalls.Memory, ToolSet.Deep);
            foreach (var call in Calls(calls))
            {
                if (Text(call, "id") is { Length: > 0 } id && Text(Function(call), "name") is { Length: > 0 } name)
                    _nameOfCall.TryAdd(id, name);
            }
        }
    }

    /// <summary>tool (get_weather, call_1): 21 °C</summary>
    public string Result(Message message, string text)
    {
        var name = message.Name.Length > 0 ? message.Name : _nameOfCall.GetValueOrDefault(message.ToolCallId, "unknown");
        return $"tool ({name}, {(message.ToolCallId.Length > 0 ? message.ToolCallId : "unknown_call")}): {text}";
    }

    /// <summary>One line per call: &lt;tool_call&gt;{"name":"N","arguments":{…}}&lt;/tool_call&gt;</summary>
    public static string Lines(ReadOnlyMemory<byte> json)
    {
        using var calls = JsonDocument.Parse(json, ToolSet.Deep);
        return string.Join('\n', Calls(calls).Select(Line));
    }

    private static List<JsonElement> Calls(JsonDocument calls) =>
        calls.RootElement.ValueKind == JsonValueKind.Array ? [.. calls.RootElement.EnumerateArray()] : [];

    private static JsonElement Function(JsonElement call) =>
        (ToolSet.Member(call, "function") ?? ToolSet.Member(call, "custom")) is { ValueKind: JsonValueKind.Object } inner ? inner : call;

    private static string? Text(JsonElement element, string name) => ToolSet.Member(element, name) is { } value ? ToolSet.TextOf(value) : null;

    private static string Line(JsonElement call)
    {
        var function = Function(call);
        var free = ToolSet.Member(call, "custom") is not null ? Text(function, DeclaredTool.FreeArgument) ?? "" : null;
        if (free is not null && Text(function, "name") is { Length: > 0 } tool && !free.Contains("</", StringComparison.Ordinal))
            return ToolPrompt.Block(tool, free);
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, GrokChatBody.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("name", Text(function, "name") is { Length: > 0 } name ? name : "unknown_tool");
            writer.WritePropertyName("arguments");
            if (free is null)
                writer.WriteRawValue(Arguments(ToolSet.Member(function, "arguments")), skipInputValidation: true);
            else
                WriteFree(writer, free);
            writer.WriteEndObject();
        }
        return $"<tool_call>{Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length)}</tool_call>";
    }

    private static void WriteFree(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString(DeclaredTool.FreeArgument, text);
        writer.WriteEndObject();
    }

    /// <summary>Arguments are JSON text: none becomes {}, text in a text is opened, what is nearly JSON is mended, and what is none stays the string it is.</summary>
    private static string Arguments(JsonElement? given)
    {
        if (given is not { } arguments)
            return "{}";
        if (ToolSet.TextOf(arguments) is not { } text)
            return JsonLine.Of(arguments);
        if (string.IsNullOrWhiteSpace(text))
            return "{}";
        try
        {
            using var parsed = JsonDocument.Parse(text, ToolSet.Deep);
            return ToolSet.TextOf(parsed.RootElement) is { } inner && inner.AsSpan().TrimStart() is ['{', ..] ? Arguments(parsed.RootElement) : JsonLine.Of(parsed.RootElement);
        }
        catch (JsonException)
        {
            return Mended(text);
        }
    }

    private static string Mended(string text)
    {
        var mended = new Bytes();
        if (text.AsSpan().TrimStart() is ['{', ..] && new JsonRepair(Encoding.UTF8.GetBytes(text), mended, whole: true, quoted: false).TryMend(out _))
            return Encoding.UTF8.GetString(mended.Span);
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, GrokChatBody.WriterOptions))
            json.WriteStringValue(text);
        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }
}
