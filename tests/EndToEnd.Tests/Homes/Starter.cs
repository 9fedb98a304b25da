using System.Collections.Concurrent;
using System.Diagnostics;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>Starts processes that end together with the test process, however that ends.</summary>
/// <remarks>Linux sends the parent-death signal when the starting thread ends, not the process: so one thread that never ends starts them all.</remarks>
internal static class Starter
{
    private const string Guard = "/usr/bin/setpriv";
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Wishes = [];

    static Starter()
    {
        new Thread(Work) { IsBackground = true, Name = "process starter" }.Start();
    }

    /// <summary>How to start an executable of ours: with the given variables of ours and no inherited ones, and all its streams redirected.</summary>
    /// <param name="executable">A launcher, or an assembly that dotnet runs.</param>
    public static ProcessStartInfo Describe(string executable, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        string[] words = executable.EndsWith(".dll", StringComparison.Ordinal) ? [Executable.Dotnet, executable, .. arguments] : [executable, .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var inherited in start.Environment.Keys.Where(IsOurs).ToList())
            start.Environment.Remove(inherited);
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Executable.Dotnet);
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        return start;
    }

    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        if (File.Exists(Guard))
        {
            string[] words = ["--pdeathsig", "KILL", start.FileName, .. start.ArgumentList];
            start.FileName = Guard;
            start.ArgumentList.Clear();
            foreach (var word in words)
                start.ArgumentList.Add(word);
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Wishes.Add((start, started));
        return started.Task;
    }

    private static bool IsOurs(string key) =>
        key.StartsWith("GROKFORGE_", StringComparison.OrdinalIgnoreCase) || key.StartsWith("services__", StringComparison.OrdinalIgnoreCase)
        || key.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase) || key.StartsWith("OTEL_", StringComparison.Ordinal)
        || key is "ASPNETCORE_URLS" or "HTTP_PORTS" or "ASPNETCORE_ENVIRONMENT" or "DOTNET_ENVIRONMENT";

    private static void Work()
    {
        foreach (var (start, started) in Wishes.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start."));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        }
    }
}
