using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.Chat;

/// <summary>What came of one try: a refusal, or the answer's events, after which a refusal says that it broke off.</summary>
internal abstract class ChatAnswer : IAsyncDisposable
{
    /// <summary>Set before the first event where there is no answer, after the last one where the answer is not whole.</summary>
    public Refusal? Refusal { get; protected set; }

    /// <summary>Set before the first event where the whole answer is there and does not follow its instructions: it is not to be read, but corrected.</summary>
    public Correction? Correction { get; protected set; }

    /// <summary>Known after the last event.</summary>
    public virtual string FinishReason => "stop";

    /// <summary>The answer's events in upstream order, without the closing one. Can be read once.</summary>
    public abstract IAsyncEnumerable<ChatEvent> ReadEventsAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>A try that ended before any answer.</summary>
internal sealed class RefusedAnswer : ChatAnswer
{
    public RefusedAnswer(Refusal refusal) => Refusal = refusal;

    public override IAsyncEnumerable<ChatEvent> ReadEventsAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<ChatEvent>();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
