using GrokForge.LoadBench.Targets;

namespace GrokForge.LoadBench.Reporting;

/// <summary>One line of the table: a figure of every target, and what it should be.</summary>
/// <param name="Goal">Of the one process on the official API, where no other target is named, as a ratio to YARP unless it has a unit.</param>
internal sealed record TableRow(string Name, Func<RunResults, string, double> Read, string Goal)
{
    public static IReadOnlyList<TableRow> All { get; } =
    [
        Of("chat req/s, 1 client", Measures.Whole(1), f => f.PerSecond, ""),
        Of("chat req/s, 32 clients", Measures.Whole(32), f => f.PerSecond, "≥ 1.0"),
        Of("chat req/s, 256 clients", Measures.Whole(256), f => f.PerSecond, "≥ 1.0"),
        Of("processor per request, 32 clients", Measures.Whole(32), f => f.ProcessorEach, "≤ 1.0; web ≤ 1.5"),
        Of("streams/s, 32 clients", Measures.Streams(32), f => f.PerSecond, ""),
        Of("streams/s, 256 clients", Measures.Streams(256), f => f.PerSecond, "≥ 0.85"),
        Of("streams/s, 1000 clients", Measures.Streams(1000), f => f.PerSecond, "≥ 0.75"),
        Of("processor per stream, 256 clients", Measures.Streams(256), f => f.ProcessorEach, "≤ 1.25; web ≤ 2"),
        Of("processor per paced stream", Measures.Paced, f => f.ProcessorEach, "≤ 1.25"),
        Added("added time to first token, p50", f => f.FirstTokenP50, "≤ 1.25 and ≤ 1000 µs; services ≤ 2000 µs"),
        Added("added time to first token, p99", f => f.FirstTokenP99, ""),
        Added("added time per token, p50", f => f.TokenP50, "≤ 1.25"),
        Added("added time per token, p99", f => f.TokenP99, ""),
        new("KB per held stream", (r, t) => r.Targets[t].Held?.KilobytesEach ?? double.NaN, "≤ 40 KB"),
        new("processor while holding, % of a core", (r, t) => r.Targets[t].Held?.ProcessorPercent ?? double.NaN, ""),
        new("resident memory idle, MB", (r, t) => r.Targets[t].IdleMegabytes, "≤ 130 MB"),
        new("resident memory after the load, MB", (r, t) => r.Targets[t].LoadedMegabytes, "≤ 250 MB"),
        new("start to first 200, ms", (r, t) => Quantile.Of([.. r.Targets[t].StartMilliseconds], 0.5), "≤ 2.5"),
    ];

    private static TableRow Of(string name, string measure, Func<PhaseFigures, double> figure, string goal) => new(name, (r, t) => r.Targets[t].Median(measure, figure), goal);

    /// <summary>What a target adds to the direct way.</summary>
    private static TableRow Added(string name, Func<PhaseFigures, double> figure, string goal) =>
        new(name, (r, t) => r.Targets.TryGetValue(Target.Direct, out var direct) ? r.Targets[t].Median(Measures.Paced, figure) - direct.Median(Measures.Paced, figure) : double.NaN, goal);
}
