using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Forgets the secrets of tokens that any process changed or deleted.</summary>
internal sealed class TokenChangeConsumer(TokenSecrets secrets) : IEventConsumer<TokenStateChanged>
{
    public Task ConsumeAsync(TokenStateChanged message, CancellationToken cancellationToken)
    {
        foreach (var id in message.TokenIds)
            secrets.Forget(id);
        return Task.CompletedTask;
    }
}
