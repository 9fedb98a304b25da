using System.Collections.Concurrent;
using GrokForge.ServiceDefaults.Bus;

namespace GrokForge.Unit.Tests;

/// <summary>Keeps what was published.</summary>
internal sealed class RecordedEvents : EventPublisher
{
    public ConcurrentQueue<object> Events { get; } = [];

    public override void Publish<TEvent>(TEvent message) => Events.Enqueue(message);
}
