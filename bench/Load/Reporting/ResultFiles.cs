using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using GrokForge.LoadBench.Targets;

namespace GrokForge.LoadBench.Reporting;

/// <summary>Writes a run's results: all figures of all rounds as JSON, and the medians with their ratios to YARP and the goals as a table.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static async Task WriteAsync(RunResults results, LoadOptions options, CancellationToken cancellationToken)
    {
        var day = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var machine = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}");
        var table = Table(results, machine, options);
        Directory.CreateDirectory(options.Results);
        var file = Path.Combine(options.Results, $"load-{day}");
        await File.WriteAllTextAsync($"{file}.json", JsonSerializer.Serialize(new { day, machine, options.Rounds, results.Targets }, Json) + "\n", cancellationToken);
        await File.WriteAllTextAsync($"{file}.md", $"# Load bench, {day}\n\n{table}", cancellationToken);
        Console.WriteLine();
        Console.WriteLine(table);
    }

    internal static string Table(RunResults results, string machine, LoadOptions options)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{machine}; medians of {options.Rounds} interleaved rounds of {options.Seconds.TotalSeconds} s per phase. Times in µs. Added: over the direct way.\n\n");
        string[] names = [Target.Direct, Target.Proxy, Target.OneXai, Target.OneWeb, Target.AgainstXai, Target.AgainstWeb, Target.Services];
        var present = names.Where(results.Targets.ContainsKey).ToArray();
        text.Append(CultureInfo.InvariantCulture, $"| measure | {string.Join(" | ", present)} | {Target.OneXai} : yarp | {Target.OneWeb} : yarp | goal |\n|---|{string.Concat(present.Select(_ => "---:|"))}---:|---:|---|\n");
        foreach (var row in TableRow.All)
            text.Append(CultureInfo.InvariantCulture, $"| {row.Name} | {string.Join(" | ", present.Select(p => Number(row.Read(results, p))))} | {Number(Ratio(results, row, Target.OneXai))} | {Number(Ratio(results, row, Target.OneWeb))} | {row.Goal} |\n");
        text.Append(CultureInfo.InvariantCulture, $"\nFailed requests, lost tokens, streams without [DONE]: {results.Faults}.\n");
        return text.ToString();
    }

    private static double Ratio(RunResults results, TableRow row, string target) =>
        results.Targets.ContainsKey(target) && results.Targets.ContainsKey(Target.Proxy) ? row.Read(results, target) / row.Read(results, Target.Proxy) : double.NaN;

    private static string Number(double value) =>
        double.IsNaN(value) || double.IsInfinity(value) ? "–" : value.ToString(Math.Abs(value) switch { >= 100 => "F0", >= 10 => "F1", _ => "F2" }, CultureInfo.InvariantCulture);
}
