using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Registers the bus, RabbitMQ where a connection string names one and within the process else, and its consumers.</summary>
public static class BusModule
{
    /// <summary>Adds a consumer that every process hears: each has its own temporary queue.</summary>
    public static WebApplicationBuilder AddBroadcastConsumer<TConsumer, TEvent>(this WebApplicationBuilder builder)
        where TConsumer : class, IEventConsumer<TEvent>
        where TEvent : class =>
        builder.AddConsumer<TConsumer, TEvent>(broadcast: true);

    /// <summary>Adds a consumer of which one process hears each message: a durable queue that the replicas share.</summary>
    public static WebApplicationBuilder AddWorkConsumer<TConsumer, TEvent>(this WebApplicationBuilder builder)
        where TConsumer : class, IEventConsumer<TEvent>
        where TEvent : class =>
        builder.AddConsumer<TConsumer, TEvent>(broadcast: false);

    internal static void AddBus(this WebApplicationBuilder builder, string service)
    {
        var rabbitMq = builder.Configuration.GetConnectionString("rabbitmq");
        var transport = new BusTransport(string.IsNullOrWhiteSpace(rabbitMq) ? null : rabbitMq, service == "allinone");
        builder.Services.AddSingleton(transport);
        builder.Services.AddSingleton(new BusReach(transport is { RabbitMq: null, Alone: true }));
        if (transport.RabbitMq is null)
            builder.Services.AddSingleton<EventPublisher, LocalBus>().AddHostedService<LonelyBusNotice>();
        else
            builder.AddRabbitMq(service, transport.RabbitMq);
    }

    private static WebApplicationBuilder AddConsumer<TConsumer, TEvent>(this WebApplicationBuilder builder, bool broadcast)
        where TConsumer : class, IEventConsumer<TEvent>
        where TEvent : class
    {
        builder.Services.AddSingleton<TConsumer>();
        if (builder.Services.Registered<BusTransport>().RabbitMq is not null)
            return builder.AddRabbitMqConsumer<TConsumer, TEvent>(broadcast);

        builder.Services.AddSingleton<LocalQueue>(services => new LocalQueue<TConsumer, TEvent>(
            services, broadcast ? 1 : LocalQueue.WorkAttempts, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<LocalQueue>>()));
        builder.Services.AddHostedService<LocalQueues>();
        return builder;
    }
}

/// <summary>Which transport the bus uses.</summary>
/// <param name="RabbitMq">Null: events stay within the process.</param>
/// <param name="Alone">Whether the process is the whole product, so that events within it reach everyone.</param>
internal sealed record BusTransport(string? RabbitMq, bool Alone);
