using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.Cards;

/// <summary>Puts a tool usage card into one line, e.g. [Agent 1][WebSearch] best pasta in Rome</summary>
internal static class ToolNote
{
    public const string TagName = "xai:tool_usage_card";

    /// <param name="rollout">The agent that used the tool; empty: not said.</param>
    public static string Of(Element card, string rollout)
    {
        var tool = card.Child("xai:tool_name") ?? "";
        var arguments = card.Child("xai:tool_args") ?? "";
        var agent = rollout.Length > 0 ? $"[{rollout}]" : "";
        var line = tool switch
        {
            "web_search" => $"{agent}[WebSearch] {Argument(arguments, "query", "q")}",
            "search_images" => $"{agent}[SearchImage] {Argument(arguments, "image_description", "description", "query")}",
            "chatroom_send" => $"{agent}[AgentThink] {Argument(arguments, "message")}",
            _ => $"{agent}{(agent.Length > 0 ? " " : "")}{tool} {arguments}",
        };
        return OneLine(line);
    }

    /// <summary>The first of these arguments that is a filled text, else all of them as they were written.</summary>
    private static string Argument(string arguments, params ReadOnlySpan<string> names)
    {
        try
        {
            using var json = JsonDocument.Parse(arguments);
            foreach (var name in names)
            {
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value)
                    && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
                    return text;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or half a surrogate pair in it: the note quotes it as it is.
        }
        return arguments;
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
