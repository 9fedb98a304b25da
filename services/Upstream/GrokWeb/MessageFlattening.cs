using System.Text;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Makes one string of a conversation, since every upstream conversation is new: "system: Be brief.\n\nWhat is 2+2?"</summary>
internal static class MessageFlattening
{
    private const string Separator = "\n\n";

    /// <summary>A single message is its text. Of several, the last user message is bare, every other one is "role: text"; order never changes.</summary>
    public static string Flatten(IReadOnlyList<Message> messages)
    {
        if (messages.Count == 0)
            return "";
        if (messages.Count == 1)
            return TextOf(messages[0], new ToolHistory(messages));

        var history = new ToolHistory(messages);
        var bare = LastFromUser(messages);
        var text = new StringBuilder();
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0)
                text.Append(Separator);
            if (i != bare)
                text.Append(RoleOf(messages[i])).Append(": ");
            text.Append(TextOf(messages[i], history));
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

    private static string TextOf(Message message, ToolHistory history)
    {
        var text = PartsOf(message);
        if (message.Role == "tool")
            return history.Result(message, text);
        if (message.Role != "assistant" || message.ToolCalls.IsEmpty)
            return text;

        var lines = ToolHistory.Lines(message.ToolCalls.Memory);
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
}
