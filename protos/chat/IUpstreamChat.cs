namespace GrokForge.Contracts.Chat;

/// <summary>Runs one chat request against an upstream.</summary>
public interface IUpstreamChat
{
    /// <summary>Events in upstream order; exactly one finished or failed event, and it is the last. Giving up the enumeration cancels the upstream.</summary>
    IAsyncEnumerable<ChatEvent> ChatAsync(ChatCall call, CancellationToken cancellationToken);
}
