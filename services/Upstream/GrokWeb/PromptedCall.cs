using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Opens the answer to one try; what the upstream lacks is wrapped around it.</summary>
internal delegate Task<ChatAnswer> OpenAnswer(ChatTry attempt, CancellationToken cancellationToken);

/// <summary>A call with what the upstream must be told in words.</summary>
internal static class PromptedCall
{
    /// <summary>The instructions as a system message of their own, or before the client's own in the first one.</summary>
    public static ChatCall Before(ChatCall call, string instructions) => WithInstructions(call, instructions, first: true);

    /// <summary>The same, after the client's own.</summary>
    public static ChatCall After(ChatCall call, string instructions) => WithInstructions(call, instructions, first: false);

    private static ChatCall WithInstructions(ChatCall call, string instructions, bool first)
    {
        var told = call.Clone();
        if (told.Messages.Count == 0 || told.Messages[0].Role != "system")
            told.Messages.Insert(0, Said("system", instructions));
        else if (first)
            told.Messages[0].Parts.Insert(0, new Part { Text = instructions + "\n\n" });
        else
            told.Messages[0].Parts.Add(new Part { Text = "\n\n" + instructions });
        return told;
    }

    private static Message Said(string role, string text) => new() { Role = role, Parts = { new Part { Text = text } } };
}
