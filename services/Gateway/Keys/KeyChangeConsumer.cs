using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;

namespace GrokForge.Gateway.Keys;

/// <summary>Drops a changed key from this replica's memory.</summary>
internal sealed class KeyChangeConsumer(KeyDirectory directory) : IEventConsumer<VirtualKeyChanged>
{
    public Task ConsumeAsync(VirtualKeyChanged message, CancellationToken cancellationToken)
    {
        if (KeyHash.Parse(message.KeyHash) is { } hash)
            directory.Drop(hash, message.Version);
        return Task.CompletedTask;
    }
}
