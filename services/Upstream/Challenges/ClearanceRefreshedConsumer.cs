using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;

namespace GrokForge.Upstream.Challenges;

/// <summary>Hears that an egress has a new clearance.</summary>
internal sealed class ClearanceRefreshedConsumer(HeldClearances held) : IEventConsumer<ClearanceRefreshed>
{
    public Task ConsumeAsync(ClearanceRefreshed message, CancellationToken cancellationToken)
    {
        held.Told(message.Egress, message.Version);
        return Task.CompletedTask;
    }
}
