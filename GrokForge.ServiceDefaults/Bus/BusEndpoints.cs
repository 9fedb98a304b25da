using MassTransit;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Collects the consumers of a process and gives them their queues once the bus is built.</summary>
internal sealed class BusEndpoints(string service)
{
    private readonly List<Action<IBusRegistrationContext, IReceiveEndpointConfigurator>> _broadcast = [];
    private readonly List<(string Queue, Action<IBusRegistrationContext, IReceiveEndpointConfigurator> Consume)> _work = [];

    /// <param name="name">Of the product's consumer, such as ChoreConsumer: shared queues are named after it.</param>
    public void Add<TConsumer>(string name, bool broadcast) where TConsumer : class, IConsumer
    {
        if (broadcast)
            _broadcast.Add((context, endpoint) => endpoint.ConfigureConsumer<TConsumer>(context));
        else
            _work.Add(($"grokforge-{KebabCaseEndpointNameFormatter.Instance.SanitizeName(name.Replace("Consumer", "", StringComparison.Ordinal))}", (context, endpoint) => endpoint.ConfigureConsumer<TConsumer>(context)));
    }

    public void Configure<TEndpoint>(IBusRegistrationContext context, IBusFactoryConfigurator<TEndpoint> bus) where TEndpoint : IReceiveEndpointConfigurator
    {
        bus.UseConsumeFilter(typeof(RequestIdOfMessages<>), context);
        if (_broadcast.Count > 0)
        {
            // Auto-delete keeps a dead process from leaving a queue behind; durable, because newer brokers refuse transient shared queues.
            bus.ReceiveEndpoint($"grokforge-{service}-{Guid.NewGuid():N}", endpoint =>
            {
                if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
                    rabbit.AutoDelete = true;
                endpoint.DiscardFaultedMessages();
                endpoint.DiscardSkippedMessages();
                Consume(_broadcast, context, endpoint);
            });
        }

        foreach (var (queue, consume) in _work)
        {
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                endpoint.PrefetchCount = 16;
                endpoint.UseMessageRetry(retry => retry.Exponential(3, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(500)));
                consume(context, endpoint);
            });
        }
    }

    private static void Consume(
        IEnumerable<Action<IBusRegistrationContext, IReceiveEndpointConfigurator>> consumers, IBusRegistrationContext context, IReceiveEndpointConfigurator endpoint)
    {
        foreach (var consume in consumers)
            consume(context, endpoint);
    }
}
