namespace GrokForge.Simulator.GrokWeb.Chat;

/// <summary>Finds the last user text in a flattened conversation, e.g. "system: Be brief.\n\nuser: Hi\n\nassistant: Hello!\n\nWhat is 2+2?".</summary>
internal static class FlattenedPrompt
{
    private static readonly string[] Prefixes = ["system: ", "developer: ", "user: ", "assistant: ", "tool: "];

    /// <summary>The last run of paragraphs without a role prefix; where every one has a prefix, the last paragraph.</summary>
    public static string LastUserText(string message)
    {
        var paragraphs = message.Split("\n\n");
        var end = paragraphs.Length;
        while (end > 0 && HasPrefix(paragraphs[end - 1]))
        {
            end--;
        }

        if (end == 0)
        {
            return paragraphs[^1];
        }

        var start = end - 1;
        while (start > 0 && !HasPrefix(paragraphs[start - 1]))
        {
            start--;
        }

        return string.Join("\n\n", paragraphs[start..end]);
    }

    private static bool HasPrefix(string paragraph) => Prefixes.Any(prefix => paragraph.StartsWith(prefix, StringComparison.Ordinal));
}
