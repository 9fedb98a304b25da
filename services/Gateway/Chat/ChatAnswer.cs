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

    /// <summary>A piece of the answer as the official API wrote it: a chunk of a stream, or the whole. It goes on as it is.</summary>
    public abstract ValueTask TakePassedAsync(ReadOnlyMemory<byte> json);

    /// <summary>The answer will have to be made here, of the events to come, although it might have come ready made.</summary>
    public virtual ValueTask BeginAsync() => default;

    /// <summary>Nothing more is there to be told for a while: what was told so far must reach the client.</summary>
    public virtual ValueTask FlushAsync() => default;

    /// <summary>The choice is complete.</summary>
    public abstract ValueTask FinishAsync(string finishReason);
}
