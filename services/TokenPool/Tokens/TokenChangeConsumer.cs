using GrokForge.Contracts.Events;
using MassTransit;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Forgets the secrets of tokens that any process changed or deleted.</summary>
internal sealed class TokenChangeConsumer(TokenSecrets secrets) : IConsumer<TokenStateChanged>
{
    public Task Consume(ConsumeContext<TokenStateChanged> context)
    {
        foreach (var id in context.Message.TokenIds)
            secrets.Forget(id);
        return Task.CompletedTask;
    }
}
