using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using MassTransit;
using MassTransit.Configuration;
using Microsoft.AspNetCore.Builder;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Registers the bus over RabbitMQ. Only where a broker is named: without one nothing of MassTransit is loaded.</summary>
internal static class RabbitMqModule
{
    public static void AddRabbitMq(this WebApplicationBuilder builder, string service, string connectionString)
    {
        var address = Address(connectionString);
        builder.Services.AddSingleton(new BusEndpoints(service));
        builder.Services.AddMassTransit(bus =>
        {
            // Nothing of an installation is told to anyone.
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            bus.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(address, host => host.Heartbeat(TimeSpan.FromSeconds(10)));
                context.GetRequiredService<BusEndpoints>().Configure(context, rabbit);
            });
        });

        // The host neither waits for the broker at start nor hangs on it at the end.
        builder.Services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.StopTimeout = TimeSpan.FromSeconds(5);
        });
        builder.Services.AddSingleton<EventSender>();
        builder.Services.AddSingleton<EventPublisher>(services => services.GetRequiredService<EventSender>());
        builder.Services.AddHostedService(services => services.GetRequiredService<EventSender>());
        builder.Services.AddHostedService<BusWatch>();
        builder.Services.AddHostedService<BusReachWatch>();
    }

    public static WebApplicationBuilder AddRabbitMqConsumer<TConsumer, TEvent>(this WebApplicationBuilder builder, bool broadcast)
        where TConsumer : class, IEventConsumer<TEvent>
        where TEvent : class
    {
        builder.Services.RegisterConsumer<BrokerConsumer<TConsumer, TEvent>>();
        builder.Services.Registered<BusEndpoints>().Add<BrokerConsumer<TConsumer, TEvent>>(typeof(TConsumer).Name, broadcast);
        return builder;
    }

    private static Uri Address(string connectionString) =>
        Uri.TryCreate(connectionString, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" or "rabbitmq"
            ? address
            : throw new StartRefusedException("The connection string named rabbitmq cannot be read. It looks like amqp://user:password@host:5672/.");
}

/// <summary>Hands what comes from the broker to the product's own consumer.</summary>
internal sealed class BrokerConsumer<TConsumer, TEvent>(TConsumer consumer) : IConsumer<TEvent>
    where TConsumer : class, IEventConsumer<TEvent>
    where TEvent : class
{
    public Task Consume(ConsumeContext<TEvent> context) => consumer.ConsumeAsync(context.Message, context.CancellationToken);
}
