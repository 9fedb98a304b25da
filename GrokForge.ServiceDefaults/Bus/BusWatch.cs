using GrokForge.ServiceDefaults.Health;
using MassTransit;
using Microsoft.Extensions.Hosting;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Says how the broker is: at most degraded, as requests go on without it.</summary>
internal sealed class BusWatch(IBusControl bus, ReadinessReasons reasons) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        reasons.Add("bus", Check);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Readiness Check() =>
        bus.CheckHealth().Status == BusHealthStatus.Healthy ? Readiness.Ready : Readiness.Degraded("RabbitMQ is away: changes reach this process by polling only.");
}
