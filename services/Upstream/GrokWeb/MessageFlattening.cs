using System.Text;
using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Makes one string of a conversation, since every upstream conversation is new: "system: Be brief.\n\nWhat is 2+2?"</summary>
internal static class MessageFlattening
{
    // As deep as the gateway reads a client's body.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    private const string Separator = "\n\n";

    /// <summary>A single message is its text. Of several, the last user message is bare, every other one is "role: text"; order never changes.</summary>
    public static string Flatten(IReadOnlyList<Message> messages)
    {
        if (messages.Count == 0)
            return "";
        if (messages.Count == 1)
            return TextOf(messages[0]);

        var bare = LastFromUser(messages);
        var text = new StringBuilder();
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0)
                text.Append(Separator);
            if (i != bare)
                text.Append(RoleOf(messages[i])).Append(": ");
            text.Append(TextOf(messages[i]));
        }
        return text.ToString();
    }

    private static int LastFromUser(IReadOnlyList<Message> messages)
    {
        for (var i = messages.Count - 1; i >= 0; i--)
        {
            if (RoleOf(messages[i]) == "user")
                return i;
        }
        return -1;
    }

    // A tool's result speaks as the user: the upstream knows no tools.
    private static string RoleOf(Message message) => message.Role == "tool" ? "user" : message.Role;

    private static string TextOf(Message message)
    {
        var text = PartsOf(message);
        if (message.Role == "tool")
            return $"tool ({Or(message.Name, "unknown")}, {Or(message.ToolCallId, "unknown_call")}): {text}";
        if (message.Role != "assistant" || message.ToolCalls.IsEmpty)
            return text;

        var lines = ToolCallLines(message.ToolCalls.Memory);
        return text.Length > 0 ? text + "\n" + lines : lines;
    }

    private static string PartsOf(Message message)
    {
        if (message.Parts.Count == 1)
            return message.Parts[0].Text;

        var text = new StringBuilder();
        foreach (var part in message.Parts)
            text.Append(part.Text);
        return text.ToString();
    }

    /// <summary>One line per call: &lt;tool_call&gt;{"name":"N","arguments":{…}}&lt;/tool_call&gt;</summary>
    private static string ToolCallLines(ReadOnlyMemory<byte> json)
    {
        using var calls = JsonDocument.Parse(json, Deep);
        return string.Join('\n', calls.RootElement.EnumerateArray().Select(ToolCallLine));
    }

    private static string ToolCallLine(JsonElement call)
    {
        var function = call.ValueKind == JsonValueKind.Object && call.TryGetProperty("function", out var given) ? given : default;
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, GrokChatBody.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("name", Member(function, "name"));
            writer.WritePropertyName("arguments");
            WriteArguments(writer, Member(function, "arguments"));
            writer.WriteEndObject();
        }
        return $"<tool_call>{Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length)}</tool_call>";
    }

    /// <summary>Arguments are JSON text: none becomes {}, and what is not JSON stays the string it is.</summary>
    private static void WriteArguments(Utf8JsonWriter writer, string arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments))
        {
            writer.WriteRawValue("{}");
            return;
        }

        // Written apart first: a lone surrogate is only found while writing, and half a value cannot be taken back.
        using var compact = new MemoryStream();
        try
        {
            using var parsed = JsonDocument.Parse(arguments, Deep);
            using var apart = new Utf8JsonWriter(compact, GrokChatBody.WriterOptions);
            parsed.RootElement.WriteTo(apart);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            writer.WriteStringValue(arguments);
            return;
        }

        writer.WriteRawValue(compact.GetBuffer().AsSpan(0, (int)compact.Length), skipInputValidation: true);
    }

    private static string Member(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
            return "";
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: there is no such text, so the JSON stays as it was written.
            return value.GetRawText();
        }
    }

    private static string Or(string value, string fallback) => value.Length > 0 ? value : fallback;
}
