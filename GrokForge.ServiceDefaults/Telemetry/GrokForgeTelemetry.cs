using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>The one activity source and the one meter of the product.</summary>
public static class GrokForgeTelemetry
{
    public const string Name = "GrokForge";

    public static ActivitySource Source { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);
}
