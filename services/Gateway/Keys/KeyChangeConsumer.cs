using GrokForge.Contracts.Events;
using MassTransit;

namespace GrokForge.Gateway.Keys;

/// <summary>Drops a changed key from this replica's memory.</summary>
internal sealed class KeyChangeConsumer(KeyDirectory directory) : IConsumer<VirtualKeyChanged>
{
    public Task Consume(ConsumeContext<VirtualKeyChanged> context)
    {
        if (KeyHash.Parse(context.Message.KeyHash) is { } hash)
            directory.Drop(hash, context.Message.Version);
        return Task.CompletedTask;
    }
}
