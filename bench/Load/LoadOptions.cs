using System.Globalization;

namespace GrokForge.LoadBench;

/// <summary>What a run measures, and where the published programs lie.</summary>
/// <param name="Rounds">Rounds over all targets. Default 6.</param>
/// <param name="Seconds">How long each phase of a round lasts. Default 0.7.</param>
/// <param name="Held">Streams held open at once. Default 2000.</param>
/// <param name="Programs">Folder with one published program per sub-folder.</param>
/// <param name="Results">Folder that the results are written to.</param>
/// <param name="Targets">Names of the targets to measure; empty: all.</param>
/// <param name="Against">Folder with another build's published programs, measured in the same rounds as against-xai and against-web; empty: none.</param>
/// <param name="Phases">Names of the phases of a round, as they stand in the results; empty: all. One alone is what a profiler wants to see.</param>
internal sealed record LoadOptions(int Rounds, TimeSpan Seconds, int Held, string Programs, string Results, IReadOnlyList<string> Targets, string Against,
    IReadOnlyList<string> Phases)
{
    public static LoadOptions Parse(string[] args)
    {
        var given = args.Select(a => a.TrimStart('-').Split('=', 2)).ToDictionary(p => p[0], p => p.Length > 1 ? p[1] : "", StringComparer.Ordinal);
        string Of(string name, string fallback) => given.GetValueOrDefault(name, fallback);
        return new LoadOptions(
            int.Parse(Of("rounds", "6"), CultureInfo.InvariantCulture), TimeSpan.FromSeconds(double.Parse(Of("seconds", "0.7"), CultureInfo.InvariantCulture)),
            int.Parse(Of("held", "2000"), CultureInfo.InvariantCulture), Of("programs", Path.Combine("artifacts", "load")), Of("results", Path.Combine("bench", "results")),
            Of("targets", "").Split(',', StringSplitOptions.RemoveEmptyEntries), Of("against", ""), Of("phases", "").Split(',', StringSplitOptions.RemoveEmptyEntries));
    }
}
