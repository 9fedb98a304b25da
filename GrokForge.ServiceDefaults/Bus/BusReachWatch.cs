using MassTransit;
using Microsoft.Extensions.Hosting;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Looks every second whether the broker is there. Events of its absence are lost, so caches trust it only when what they took meanwhile has ended.</summary>
internal sealed class BusReachWatch(IBusControl bus, BusReach reach, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? healthySince = null;
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            healthySince = bus.CheckHealth().Status == BusHealthStatus.Healthy ? healthySince ?? time.GetTimestamp() : null;
            reach.Everyone = healthySince is { } since && time.GetElapsedTime(since) >= CacheLifetimes.Without;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
