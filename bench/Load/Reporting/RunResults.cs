using GrokForge.LoadBench.Generator;

namespace GrokForge.LoadBench.Reporting;

/// <summary>Names of the phases.</summary>
internal static class Measures
{
    /// <summary>32 streams of one token every five milliseconds.</summary>
    public const string Paced = "paced";

    public static string Whole(int clients) => $"whole-{clients}";

    public static string Streams(int clients) => $"streams-{clients}";
}

/// <summary>What a run found out.</summary>
internal sealed class RunResults
{
    private readonly Dictionary<string, TargetResults> _targets = [];

    public IReadOnlyDictionary<string, TargetResults> Targets => _targets;

    /// <summary>Requests that failed, tokens that were lost and ends that were missing, over all targets.</summary>
    public int Faults => _targets.Values.Sum(t => t.Faults);

    public TargetResults Of(string target)
    {
        if (!_targets.TryGetValue(target, out var results))
            _targets[target] = results = new TargetResults();
        return results;
    }
}

/// <summary>What a run found out about one target.</summary>
internal sealed class TargetResults
{
    private readonly Dictionary<string, List<PhaseFigures>> _phases = [];

    /// <summary>One entry per round.</summary>
    public IReadOnlyDictionary<string, List<PhaseFigures>> Phases => _phases;

    public double IdleMegabytes { get; set; }

    public double LoadedMegabytes { get; set; }

    public HeldResult? Held { get; set; }

    public List<double> StartMilliseconds { get; } = [];

    public int Faults => _phases.Values.SelectMany(p => p).Sum(p => p.Failed + p.LostTokens + p.WithoutDone) + (Held is null ? 0 : Held.Failed + Held.LostTokens + Held.WithoutDone);

    public void Add(string measure, PhaseResult phase)
    {
        if (!_phases.TryGetValue(measure, out var rounds))
            _phases[measure] = rounds = [];
        rounds.Add(PhaseFigures.Of(phase));
    }

    /// <summary>The middle of a figure over the rounds; NaN: not measured.</summary>
    public double Median(string measure, Func<PhaseFigures, double> figure) => _phases.TryGetValue(measure, out var rounds) ? Quantile.Of([.. rounds.Select(figure)], 0.5) : double.NaN;
}

/// <summary>The figures of one phase in one round. Times in microseconds.</summary>
internal sealed record PhaseFigures(
    int Completed, int Failed, int LostTokens, int WithoutDone, double PerSecond, double ProcessorEach, double FirstTokenP50, double FirstTokenP99, double TokenP50, double TokenP99)
{
    public static PhaseFigures Of(PhaseResult phase) => new(
        phase.Completed, phase.Failed, phase.LostTokens, phase.WithoutDone, phase.PerSecond, phase.ProcessorMicroseconds,
        Quantile.OfTicks(phase.FirstTokens, 0.5), Quantile.OfTicks(phase.FirstTokens, 0.99), Quantile.OfTicks(phase.Latencies, 0.5), Quantile.OfTicks(phase.Latencies, 0.99));
}

/// <summary>Quantiles by the nearest rank.</summary>
internal static class Quantile
{
    public static double Of(double[] values, double rank)
    {
        if (values.Length == 0)
            return double.NaN;
        Array.Sort(values);
        return rank == 0.5 && values.Length % 2 == 0 ? (values[(values.Length / 2) - 1] + values[values.Length / 2]) / 2 : values[(int)Math.Min(values.Length - 1, rank * values.Length)];
    }

    /// <summary>In microseconds.</summary>
    public static double OfTicks(List<long> ticks, double rank) => Of([.. ticks.Select(t => t * 1e6 / System.Diagnostics.Stopwatch.Frequency)], rank);
}
