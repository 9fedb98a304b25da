namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Hears the events of one kind. May hear one twice, and may miss one.</summary>
public interface IEventConsumer<in TEvent> where TEvent : class
{
    Task ConsumeAsync(TEvent message, CancellationToken cancellationToken);
}
