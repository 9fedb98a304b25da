using GrokForge.Contracts.Chat;
using Grpc.Core;

namespace GrokForge.Upstream.Chat;

/// <summary>The gRPC door of the chat conversation: one message per event, flushed as it comes.</summary>
internal sealed class UpstreamChatRpc(IUpstreamChat chat) : UpstreamChat.UpstreamChatBase
{
    public override async Task Chat(ChatCall request, IServerStreamWriter<ChatEvent> responseStream, ServerCallContext context)
    {
        await foreach (var chatEvent in chat.ChatAsync(request, context.CancellationToken))
            await responseStream.WriteAsync(chatEvent, context.CancellationToken);
    }
}
