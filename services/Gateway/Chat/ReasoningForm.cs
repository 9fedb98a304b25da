using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Chat;

/// <summary>Where a client finds the reasoning of an answer.</summary>
[Flags]
internal enum ReasoningForm
{
    Hidden = 0,

    /// <summary>In the content, before the answer: &lt;think&gt;, newline, reasoning, newline, &lt;/think&gt;, newline.</summary>
    ThinkTags = 1,

    /// <summary>In reasoning_content beside the content.</summary>
    ReasoningContent = 2,
}

/// <summary>Decides where the reasoning goes: whether it is shown by reasoning_effort or app.thinking, in which form by the request, its key or app.reasoning_format.</summary>
internal static class ReasoningForms
{
    public static ReasoningForm For(ChatRequest request, RequestKey? key, AppOptions app)
    {
        var shown = request.ReasoningEffort is { } effort ? effort != "none" : app.Thinking;
        if (!shown)
            return ReasoningForm.Hidden;
        var form = FirstSaid(request.ReasoningFormat, key?.ReasoningFormat, app.ReasoningFormat) switch
        {
            "reasoning_content" => ReasoningForm.ReasoningContent,
            "both" => ReasoningForm.ThinkTags | ReasoningForm.ReasoningContent,
            _ => ReasoningForm.ThinkTags,
        };
        return form.HasFlag(ReasoningForm.ThinkTags) && ContentIsRead(request) ? ReasoningForm.ReasoningContent : form;
    }

    /// <summary>Whether a program reads the content, JSON or what stands beside calls: there think tags would do harm.</summary>
    private static bool ContentIsRead(ChatRequest request) =>
        request.ResponseFormat is not null || (request.Tools is not null && !request.ToolChoice.AsSpan().SequenceEqual("\"none\""u8));

    private static string FirstSaid(params ReadOnlySpan<string?> formats)
    {
        foreach (var format in formats)
        {
            if (!string.IsNullOrEmpty(format))
                return format;
        }

        return "";
    }
}

/// <summary>The tags around reasoning that stands in the content.</summary>
internal static class ThinkTags
{
    public static readonly ReadOnlyMemory<byte> Open = "<think>\n"u8.ToArray();

    public static readonly ReadOnlyMemory<byte> Close = "\n</think>\n"u8.ToArray();
}
