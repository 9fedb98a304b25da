using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads and checks the messages of a chat request: content is a string, an array of parts or one part.</summary>
internal static class ChatMessageReader
{
    public static IReadOnlyList<ChatMessage> Read(JsonFields fields, FirstViolation violation)
    {
        if (fields.Find("messages") is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() == 0)
        {
            violation.Add("messages", "invalid_messages", "'messages' must be an array with at least one message.");
            return [];
        }

        var messages = new List<ChatMessage>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray())
            messages.Add(ReadMessage(element, $"messages[{messages.Count}]", violation));
        if (messages.TrueForAll(m => m.IsBlank))
            violation.Add("messages", "empty_content", "No message holds any text.");
        return messages;
    }

    private static ChatMessage ReadMessage(JsonElement element, string path, FirstViolation violation)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            violation.Add(path, "invalid_messages", $"'{path}' must be an object.");
            return new("", [], null, null, null);
        }

        var fields = new JsonFields(element, path, violation);
        var role = fields.Text("role")?.Trim() ?? "";
        if (role is not ("developer" or "system" or "user" or "assistant" or "tool"))
            violation.Add(fields.PathOf("role"), "invalid_role", $"'{fields.PathOf("role")}' must be developer, system, user, assistant or tool.");
        var callId = fields.Text("tool_call_id");
        if (role == "tool" && string.IsNullOrWhiteSpace(callId))
            violation.Add(fields.PathOf("tool_call_id"), "missing_tool_call_id", "A tool message needs 'tool_call_id'.");

        var content = new MessageContent(role, fields.PathOf("content"), violation);
        var calls = fields.Array("tool_calls");
        return new(
            role,
            content.Read(fields.Find("content")),
            calls?.GetArrayLength() > 0 ? System.Text.Encoding.UTF8.GetBytes(calls.Value.GetRawText()) : null,
            callId,
            fields.Text("name"));
    }

    /// <summary>The rules for one message's content.</summary>
    private readonly struct MessageContent(string role, string path, FirstViolation violation)
    {
        // An assistant may have said nothing beside its calls, and a tool may have answered nothing.
        private bool MayBeEmpty => role is "assistant" or "tool";

        public IReadOnlyList<ChatPart> Read(JsonElement? content) => content switch
        {
            null => Empty(),
            { ValueKind: JsonValueKind.String } text => Plain(text.GetString()!),
            { ValueKind: JsonValueKind.Array } parts => Parts(parts),
            { ValueKind: JsonValueKind.Object } single => Single(single),
            _ => RefuseAll(path, "invalid_content", $"'{path}' must be a string or an array of parts."),
        };

        private IReadOnlyList<ChatPart> Empty() =>
            MayBeEmpty ? [] : RefuseAll(path, "empty_content", $"'{path}' must not be empty.");

        private IReadOnlyList<ChatPart> Plain(string text) => string.IsNullOrWhiteSpace(text) ? Empty() : [new ChatPart(text)];

        private IReadOnlyList<ChatPart> Parts(JsonElement parts)
        {
            if (parts.GetArrayLength() == 0)
                return Empty();
            var read = new List<ChatPart>(parts.GetArrayLength());
            var index = 0;
            foreach (var part in parts.EnumerateArray())
            {
                if (PartOf(part, $"{path}[{index++}]") is { } one)
                    read.Add(one);
            }

            return read;
        }

        private IReadOnlyList<ChatPart> Single(JsonElement part)
        {
            var fields = new JsonFields(part, path, violation);
            if (fields.Find("type") is not { ValueKind: JsonValueKind.String } type || !type.ValueEquals("text"))
                return RefuseAll(path, "invalid_content_type", $"'{path}' as one object must have the type text.");
            return Plain(fields.Text("text") ?? "");
        }

        private ChatPart? PartOf(JsonElement part, string partPath)
        {
            if (part.ValueKind != JsonValueKind.Object)
                return Refuse(partPath, "invalid_block", $"'{partPath}' must be an object.");
            var fields = new JsonFields(part, partPath, violation);
            if (!part.EnumerateObject().MoveNext())
                return Refuse(partPath, "empty_block", $"'{partPath}' must not be empty.");
            if (fields.Find("type") is not { } type)
                return Refuse(partPath, "missing_type", $"'{partPath}' needs a 'type'.");
            var name = type.ValueKind == JsonValueKind.String ? type.GetString()! : "";
            if (string.IsNullOrWhiteSpace(name))
                return Refuse(fields.PathOf("type"), "empty_type", $"'{fields.PathOf("type")}' must be a string that is not blank.");
            return name switch
            {
                "text" => TextPart(fields, "text"),
                "refusal" when role == "assistant" => TextPart(fields, "refusal"),
                _ when role == "user" && ChatAttachmentReader.Knows(name) =>
                    ChatAttachmentReader.Read(name, fields, violation) is { } attachment ? new ChatPart("", attachment) : null,
                _ => Refuse(partPath, "invalid_type", role == "user"
                    ? $"'{partPath}' must have the type text, image_url, input_audio or file."
                    : $"'{partPath}' must have the type text."),
            };
        }

        private ChatPart? TextPart(JsonFields fields, string name)
        {
            var text = fields.Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
            if (text is null || (string.IsNullOrWhiteSpace(text) && !MayBeEmpty))
                violation.Add(fields.PathOf(name), "empty_text", $"'{fields.PathOf(name)}' must be a text that is not blank.");
            return text is null ? null : new ChatPart(text);
        }

        private ChatPart? Refuse(string param, string code, string message)
        {
            violation.Add(param, code, message);
            return null;
        }

        private IReadOnlyList<ChatPart> RefuseAll(string param, string code, string message)
        {
            violation.Add(param, code, message);
            return [];
        }
    }
}
