using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// Understands a body of the Responses API at the door of chat completions, as Cursor sends it: {"model":…,"instructions":…,"input":[{"role":"user","content":"Hi"},
/// {"type":"function_call","call_id":…,"name":…,"arguments":…},{"type":"function_call_output","call_id":…,"output":…}],"max_output_tokens":…}
/// </summary>
internal static class ResponsesInput
{
    public const string FormatPath = "text.format";

    private const string Input = "input";

    public static bool IsAt(JsonFields fields) => fields.Find(Input) is not null && HasNoMessages(fields);

    public static IReadOnlyList<ChatMessage> Read(JsonFields fields, FirstViolation violation)
    {
        if (fields.Find("previous_response_id") is not null)
            violation.Add("previous_response_id", ChatFields.Unsupported, "Answers are not stored here; send the whole conversation as 'input'.");
        var messages = new List<ChatMessage>();
        if (fields.Text("instructions") is { } instructions && !string.IsNullOrWhiteSpace(instructions))
            messages.Add(ChatMessage.Of("system", instructions));
        switch (fields.Find(Input))
        {
            case { ValueKind: JsonValueKind.String } text when !string.IsNullOrWhiteSpace(text.GetString()):
                messages.Add(ChatMessage.Of("user", text.GetString()!));
                break;
            case { ValueKind: JsonValueKind.String }:
                violation.Add(Input, "empty_content", $"'{Input}' must not be empty.");
                break;
            case { ValueKind: JsonValueKind.Array } items when items.GetArrayLength() > 0:
                new ItemReading(messages, violation).Read(items);
                ChatMessageReader.RequireText(Input, messages, violation);
                break;
            default:
                violation.Add(Input, "invalid_messages", $"'{Input}' must be a text or an array with at least one item.");
                break;
        }

        return messages;
    }

    /// <summary>reasoning.effort; other gateways' clients send it beside messages too, where anything else called reasoning is ignored.</summary>
    public static string? Effort(JsonFields fields, bool isResponse, FirstViolation violation)
    {
        const string name = "reasoning";
        var reasoning = isResponse ? fields.Object(name) : fields.Find(name);
        return reasoning is { ValueKind: JsonValueKind.Object } inside ? ChatFields.Effort(new JsonFields(inside, name, violation), "effort", violation) : null;
    }

    public static AskedFormat? Format(JsonFields fields, FirstViolation violation) =>
        fields.Object("text") is { } text ? ChatFormatReader.Read(new JsonFields(text, "text", violation), "format", violation) : null;

    private static bool HasNoMessages(JsonFields fields) =>
        fields.Find("messages") is not { } messages || (messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() == 0);

    /// <summary>The reading of a list of items, in which calls that stand together become one turn of the assistant.</summary>
    private sealed class ItemReading(List<ChatMessage> messages, FirstViolation violation)
    {
        private readonly List<JsonElement> _calls = [];

        public void Read(JsonElement items)
        {
            var index = 0;
            foreach (var item in items.EnumerateArray())
            {
                Take(item, $"{Input}[{index++}]");
                if (violation.Error is not null)
                    return;
            }

            EndCalls();
        }

        private void Take(JsonElement item, string path)
        {
            var type = item.ValueKind == JsonValueKind.Object ? new JsonFields(item, path, violation).Text("type") : null;
            if (type is "function_call" or "custom_tool_call")
            {
                _calls.Add(item);
                return;
            }

            // What the model thought stays with whoever stored it, and nothing is stored here.
            if (type is "reasoning" or "item_reference")
                return;
            EndCalls();
            switch (type)
            {
                case null or "message":
                    if (ChatMessageReader.ReadMessage(item, path, violation) is { } message)
                        messages.Add(message);
                    break;
                case "function_call_output" or "custom_tool_call_output":
                    messages.Add(Output(new JsonFields(item, path, violation)));
                    break;
                // The upstream searches by itself and tells nothing that could be shown again.
                case "web_search_call":
                    break;
                default:
                    violation.Add($"{path}.type", "invalid_type", $"'{path}.type' must be message, function_call, function_call_output, custom_tool_call, custom_tool_call_output, reasoning or item_reference.");
                    break;
            }
        }

        private ChatMessage Output(JsonFields item)
        {
            var callId = item.Text("call_id");
            if (string.IsNullOrWhiteSpace(callId))
                violation.Add(item.PathOf("call_id"), "missing_tool_call_id", $"'{item.PathOf("call_id")}' is required.");
            return new("tool", new ChatContentReader("tool", item, "output", violation).Read(), null, callId, null);
        }

        /// <summary>The calls belong to the text that the assistant said before them.</summary>
        private void EndCalls()
        {
            if (_calls.Count == 0)
                return;
            var calls = Written();
            _calls.Clear();
            if (messages is [.., { Role: "assistant", ToolCalls: null } spoken])
                messages[^1] = spoken with { ToolCalls = calls };
            else
                messages.Add(new("assistant", [], calls, null, null));
        }

        private byte[] Written() => ChatJson.Written(json =>
        {
            json.WriteStartArray();
            foreach (var call in _calls)
                Write(json, call);
            json.WriteEndArray();
        });

        private static void Write(Utf8JsonWriter json, JsonElement call)
        {
            var (kind, content) = call.TryGetProperty(Input, out _) ? ("custom", Input) : ("function", "arguments");
            json.WriteStartObject();
            json.WriteString("id", TextOf(call, "call_id"));
            json.WriteString("type", kind);
            json.WriteStartObject(kind);
            json.WriteString("name", TextOf(call, "name"));
            json.WriteString(content, TextOf(call, content));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        private static string TextOf(JsonElement element, string name) =>
            !element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? ""
            : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }
}
