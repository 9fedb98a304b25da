using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Chat;

/// <summary>Reaches an upstream service over gRPC. No total deadline: the provider's idle limits rule.</summary>
public sealed class RemoteUpstreamChat(UpstreamChat.UpstreamChatClient client) : IUpstreamChat
{
    public IAsyncEnumerable<ChatEvent> ChatAsync(ChatCall call, CancellationToken cancellationToken) =>
        RemoteCall.ReadAllAsync(client.Chat(call, cancellationToken: cancellationToken), cancellationToken);
}
