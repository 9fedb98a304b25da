namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Hands events to the bus off the request's path: a bounded channel and one background sender. Never blocks, never throws.</summary>
public abstract class EventPublisher
{
    /// <summary>Queues an event for publication, after the change it tells of was committed. When the channel is full the oldest event is dropped and counted.</summary>
    public abstract void Publish<TEvent>(TEvent message) where TEvent : class;
}
