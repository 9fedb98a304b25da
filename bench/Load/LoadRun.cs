using System.Globalization;
using GrokForge.LoadBench.Generator;
using GrokForge.LoadBench.Reporting;
using GrokForge.LoadBench.Targets;
using GrokForge.LoadBench.Upstream;

namespace GrokForge.LoadBench;

/// <summary>The whole run: rounds over all targets in turn, so that what disturbs the machine disturbs all alike.</summary>
internal static class LoadRun
{
    private const int PacedClients = 32;
    private const int Starts = 5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly string[] AllTargets = [Target.Direct, Target.Proxy, Target.OneXai, Target.OneWeb, Target.AgainstXai, Target.AgainstWeb, Target.Services];
    private static readonly int[] WholeClients = [1, 32, 256];
    private static readonly int[] StreamClients = [32, 256, 1000];

    public static async Task<int> RunAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        // The clients must not wait for the thread pool to grow.
        ThreadPool.SetMinThreads(16, 16);
        await using var installations = new Installations(options.Programs, options.Against);
        await installations.StartUpstreamAsync(cancellationToken);
        var results = new RunResults();
        List<Target> targets = [];
        foreach (var name in AllTargets.Where(t => IsWanted(t, options)))
        {
            Console.WriteLine($"starting {name}");
            targets.Add(await installations.StartAsync(name, cancellationToken));
        }

        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, cancellationToken);
        foreach (var target in targets)
            results.Of(target.Name).IdleMegabytes = target.Resident() / 1024.0 / 1024;
        foreach (var target in targets)
            await WarmAsync(target, cancellationToken);

        // Before the crowds come, or the memory that they needed would be there for the held streams already.
        foreach (var target in targets)
        {
            results.Of(target.Name).Held = await HeldStreams.MeasureAsync(target, options.Held, installations.ReleaseAsync, cancellationToken);
            Console.WriteLine($"held: {target.Name}");
        }

        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var target in targets)
            {
                await RoundAsync(target, results.Of(target.Name), options, cancellationToken);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round}: {target.Name}"));
            }
        }

        foreach (var target in targets)
            results.Of(target.Name).LoadedMegabytes = target.Resident() / 1024.0 / 1024;
        for (var i = 0; i < Starts && targets.Any(t => t.Name == Target.OneXai); i++)
        {
            var (proxy, one) = await installations.MeasureStartAsync(cancellationToken);
            results.Of(Target.Proxy).StartMilliseconds.Add(proxy);
            results.Of(Target.OneXai).StartMilliseconds.Add(one);
        }

        await ResultFiles.WriteAsync(results, options, cancellationToken);
        return results.Faults == 0 ? 0 : 1;
    }

    private static bool IsWanted(string target, LoadOptions options) =>
        options.Targets.Count > 0 ? options.Targets.Contains(target) : options.Against.Length > 0 || target is not (Target.AgainstXai or Target.AgainstWeb);

    /// <summary>Most of what the run time compiles anew for code in steady use is compiled then: else a target with more code pays for that within its figures.</summary>
    private static async Task WarmAsync(Target target, CancellationToken cancellationToken)
    {
        await Crowd.AskAsync(target, 32, stream: false, "#one", WarmUp, cancellationToken);
        await Crowd.AskAsync(target, 32, stream: true, "", WarmUp, cancellationToken);
    }

    private static async Task RoundAsync(Target target, TargetResults results, LoadOptions options, CancellationToken cancellationToken)
    {
        foreach (var clients in WholeClients)
            await PhaseAsync(Measures.Whole(clients), clients, stream: false, "#one", options.Seconds);
        foreach (var clients in StreamClients)
            await PhaseAsync(Measures.Streams(clients), clients, stream: true, "", options.Seconds);
        await PhaseAsync(Measures.Paced, PacedClients, stream: true, "#paced", options.Seconds * 1.5, MockUpstream.Length);

        async Task PhaseAsync(string name, int clients, bool stream, string mark, TimeSpan time, TimeSpan spread = default)
        {
            if (options.Phases.Count == 0 || options.Phases.Contains(name))
                results.Add(name, await Crowd.AskAsync(target, clients, stream, mark, time, cancellationToken, spread));
        }
    }
}
