using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Telemetry;

namespace GrokForge.CfRefresh.Clearance;

/// <summary>Shows the age of clearances in the metrics, by egress, of which there are two at most. Every replica shows the same ones.</summary>
internal sealed class ClearanceGauges : IDisposable
{
    // Of its own, so that a stopped host leaves nothing behind in the process's one meter.
    private readonly Meter _meter = new(GrokForgeTelemetry.Name);

    public void Show(ClearanceKeeper keeper) => _meter.CreateObservableGauge(
        "grokforge.clearance.age", () => keeper.Ages().Select(a => new Measurement<double>(a.Seconds, new KeyValuePair<string, object?>("egress", a.Egress))),
        "s", "Time since the clearance in force was solved for, by egress.");

    public void Dispose() => _meter.Dispose();
}
