using GrokForge.ServiceDefaults.Health;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Says how the bus is: at most degraded, as requests go on without it.</summary>
internal sealed partial class BusWatch(IBusControl bus, BusTransport transport, ReadinessReasons reasons, ILogger<BusWatch> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (transport.RabbitMq is not null)
            reasons.Add("bus", Check);
        else if (!transport.Alone)
            Log.NoBroker(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Readiness Check() =>
        bus.CheckHealth().Status == BusHealthStatus.Healthy ? Readiness.Ready : Readiness.Degraded("RabbitMQ is away: changes reach this process by polling only.");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No connection string named rabbitmq was given: events stay in this process, and caches of others live up to 5 seconds longer.")]
        public static partial void NoBroker(ILogger logger);
    }
}
