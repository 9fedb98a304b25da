using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>One choice of an answer that is told whole: words and calls are kept by <see cref="ChatChoice"/>, here only what stands between them.</summary>
internal sealed class CollectedChoice(ChatChoice choice) : ChatAnswer
{
    public override ValueTask TakeTextAsync(ReadOnlyMemory<byte> text)
    {
        choice.Notes.Wrote(text.Span);
        return default;
    }

    public override ValueTask TakeCitationAsync(Citation citation)
    {
        choice.Notes.Wrote(citation);
        return default;
    }

    public override ValueTask TakeMediaAsync(Media media)
    {
        var text = ImageMarkdown.Of(media);
        choice.Notes.Wrote(text.Span);
        choice.Text.AppendUncounted(text.Span);
        return default;
    }

    public override ValueTask TakePassedAsync(ReadOnlyMemory<byte> json)
    {
        choice.Passed = json;
        return default;
    }

    public override ValueTask TakeReasoningAsync(ReadOnlyMemory<byte> reasoning) => default;

    public override ValueTask TakeToolAsync(ToolDelta delta) => default;

    public override ValueTask FinishAsync(string finishReason) => default;
}
