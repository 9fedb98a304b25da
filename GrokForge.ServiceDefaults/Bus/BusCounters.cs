using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Telemetry;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>What both forms of the bus count.</summary>
internal static class BusCounters
{
    /// <summary>How many events wait at most.</summary>
    public const int Capacity = 4096;

    public static readonly Counter<long> Dropped = GrokForgeTelemetry.Meter.CreateCounter<long>(
        "grokforge.bus.dropped", "{event}", "Events dropped because the broker was away for too long, or refused them.");
}
