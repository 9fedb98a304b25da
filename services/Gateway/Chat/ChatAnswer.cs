using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>How one choice of an answer is told to the client: as a stream or as one object. Called by <see cref="ChoiceReading"/>, in the order of events.</summary>
internal abstract class ChatAnswer
{
    public abstract ValueTask TakeTextAsync(ReadOnlyMemory<byte> text);

    public abstract ValueTask TakeReasoningAsync(ReadOnlyMemory<byte> reasoning);

    public abstract ValueTask TakeToolAsync(ToolDelta delta);

    /// <summary>A part of the text that cites a page.</summary>
    public abstract ValueTask TakeCitationAsync(Citation citation);

    /// <summary>A picture that stands at this place of the text.</summary>
    public abstract ValueTask TakeMediaAsync(Media media);

    /// <summary>The choice is complete.</summary>
    public abstract ValueTask FinishAsync(string finishReason);
}
