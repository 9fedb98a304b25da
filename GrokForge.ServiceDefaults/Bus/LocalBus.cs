namespace GrokForge.ServiceDefaults.Bus;

/// <summary>The bus without a broker: an event goes to this process's own consumers, each of which has its own queue, so that a slow one holds up no other.</summary>
internal sealed class LocalBus(IEnumerable<LocalQueue> queues) : EventPublisher
{
    private readonly LocalQueue[] _queues = [.. queues];

    public override void Publish<TEvent>(TEvent message)
    {
        foreach (var queue in _queues)
            queue.Offer(message);
    }
}
