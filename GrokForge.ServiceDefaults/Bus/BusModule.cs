using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using MassTransit;
using MassTransit.Configuration;
using Microsoft.AspNetCore.Builder;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Registers the bus, RabbitMQ where a connection string names one and in memory else, and its consumers.</summary>
public static class BusModule
{
    /// <summary>Adds a consumer that every process hears: each has its own temporary queue.</summary>
    public static WebApplicationBuilder AddBroadcastConsumer<TConsumer>(this WebApplicationBuilder builder) where TConsumer : class, IConsumer =>
        builder.AddBusConsumer<TConsumer>(broadcast: true);

    /// <summary>Adds a consumer of which one process hears each message: a durable queue that the replicas share.</summary>
    public static WebApplicationBuilder AddWorkConsumer<TConsumer>(this WebApplicationBuilder builder) where TConsumer : class, IConsumer =>
        builder.AddBusConsumer<TConsumer>(broadcast: false);

    internal static void AddBus(this WebApplicationBuilder builder, string service)
    {
        var rabbitMq = builder.Configuration.GetConnectionString("rabbitmq");
        builder.Services.AddSingleton(new BusEndpoints(service));
        builder.Services.AddSingleton(new BusTransport(string.IsNullOrWhiteSpace(rabbitMq) ? null : rabbitMq, service == "allinone"));
        builder.Services.AddSingleton(new BusReach(service == "allinone" && string.IsNullOrWhiteSpace(rabbitMq)));
        builder.Services.AddMassTransit(bus =>
        {
            // Nothing of an installation is told to anyone.
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            bus.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded);
            if (string.IsNullOrWhiteSpace(rabbitMq))
            {
                bus.UsingInMemory((context, memory) => context.GetRequiredService<BusEndpoints>().Configure(context, memory));
                return;
            }

            var address = Address(rabbitMq);
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

    private static WebApplicationBuilder AddBusConsumer<TConsumer>(this WebApplicationBuilder builder, bool broadcast) where TConsumer : class, IConsumer
    {
        builder.Services.RegisterConsumer<TConsumer>();
        builder.Services.Registered<BusEndpoints>().Add<TConsumer>(broadcast);
        return builder;
    }

    private static Uri Address(string connectionString) =>
        Uri.TryCreate(connectionString, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" or "rabbitmq"
            ? address
            : throw new StartRefusedException("The connection string named rabbitmq cannot be read. It looks like amqp://user:password@host:5672/.");
}

/// <summary>Which transport the bus uses.</summary>
/// <param name="RabbitMq">Null: in memory.</param>
/// <param name="Alone">Whether the process is the whole product, so that a bus in memory reaches everyone.</param>
internal sealed record BusTransport(string? RabbitMq, bool Alone);
