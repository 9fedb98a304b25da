using Google.Protobuf;
using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>How one answer is told to the client: as a stream or as one object. Called by <see cref="ChatReader"/>, in the order of events.</summary>
internal abstract class ChatAnswer
{
    public abstract ValueTask TakeTextAsync(ByteString text);

    public abstract ValueTask TakeToolAsync(ToolDelta delta);

    /// <summary>A part of the text that cites a page.</summary>
    public abstract ValueTask TakeCitationAsync(Citation citation);

    /// <summary>A picture that stands at this place of the text.</summary>
    public abstract ValueTask TakeMediaAsync(Media media);

    /// <summary>Something of the answer came that is not shown.</summary>
    public abstract ValueTask TakeHiddenAsync();

    /// <summary>The answer is complete.</summary>
    public abstract ValueTask FinishAsync(Finished finished);
}
