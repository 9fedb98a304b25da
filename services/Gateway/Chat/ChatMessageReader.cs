using System.Text;
using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads and checks the messages of a chat request.</summary>
internal static class ChatMessageReader
{
    public static IReadOnlyList<ChatMessage> Read(JsonFields fields, FirstViolation violation)
    {
        const string name = "messages";
        if (fields.Find(name) is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() == 0)
        {
            violation.Add(name, "invalid_messages", $"'{name}' must be an array with at least one message.");
            return [];
        }

        var messages = new List<ChatMessage>();
        var index = 0;
        foreach (var element in array.EnumerateArray())
        {
            if (ReadMessage(element, $"{name}[{index++}]", violation) is { } message)
                messages.Add(message);
            if (violation.Error is not null)
                return [];
        }

        RequireText(name, messages, violation);
        return messages;
    }

    public static void RequireText(string path, List<ChatMessage> messages, FirstViolation violation)
    {
        if (messages.TrueForAll(m => m is { IsBlank: true, ToolCalls: null, Role: not "tool" }))
            violation.Add(path, "empty_content", "No message holds any text.");
    }

    /// <returns>Null where it breaks a rule, or says nothing and is left out: empty instructions, an answer that was given up.</returns>
    public static ChatMessage? ReadMessage(JsonElement element, string path, FirstViolation violation)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            violation.Add(path, "invalid_messages", $"'{path}' must be an object.");
            return null;
        }

        var fields = new JsonFields(element, path, violation);
        var role = fields.Text("role")?.Trim() ?? "";
        if (role is not ("developer" or "system" or "user" or "assistant" or "tool"))
            violation.Add(fields.PathOf("role"), "invalid_role", $"'{fields.PathOf("role")}' must be developer, system, user, assistant or tool{(role == "function" ? ", which took the place of function" : "")}.");
        if (role == "assistant" && fields.Find("function_call") is not null)
            violation.Add(fields.PathOf("function_call"), ChatFields.Unsupported, $"'{fields.PathOf("function_call")}' is the form before tools: send the call in 'tool_calls'.");
        var callId = fields.Text("tool_call_id");
        if (role == "tool" && string.IsNullOrWhiteSpace(callId))
            violation.Add(fields.PathOf("tool_call_id"), "missing_tool_call_id", $"'{fields.PathOf("tool_call_id")}' is required in a tool message.");

        var calls = role == "assistant" ? Calls(fields) : null;
        var content = new ChatContentReader(role, fields, "content", violation) { MayBeAbsent = calls is not null }.Read();
        var message = new ChatMessage(role, content, calls, callId, fields.Text("name"));
        return message is { IsBlank: true, ToolCalls: null } && role != "tool" ? null : message;
    }

    private static byte[]? Calls(JsonFields fields) =>
        fields.Array("tool_calls") is { } calls && calls.GetArrayLength() > 0 ? Encoding.UTF8.GetBytes(calls.GetRawText()) : null;
}
