using System.Diagnostics;
using GrokForge.LoadBench.Targets;

namespace GrokForge.LoadBench.Generator;

/// <summary>Many streams that are open at once and say nothing: what each of them costs.</summary>
internal static class HeldStreams
{
    private const int AtOnce = 64;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(2);

    /// <param name="release">Lets the upstream go on.</param>
    public static async Task<HeldResult> MeasureAsync(Target target, int streams, Func<Task> release, CancellationToken cancellationToken)
    {
        var request = target.Request(stream: true, "#held");
        var before = target.Resident();
        var connections = await Crowd.ConnectAsync(target, streams, cancellationToken);
        var phase = new PhaseResult();
        var traces = connections.ConvertAll(_ => new TokenTrace([], []));
        var statuses = new int[streams];
        try
        {
            await Parallel.ForAsync(0, streams, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (i, token) =>
            {
                statuses[i] = await connections[i].BeginAsync(request, traces[i], token);
                if (statuses[i] == 200)
                    await connections[i].FirstTokenAsync(traces[i], token);
            });

            var open = target.Resident();
            var processor = target.Processor();
            var begin = Stopwatch.GetTimestamp();
            await Task.Delay(Watched, TimeProvider.System, cancellationToken);
            var load = (target.Processor() - processor) / Stopwatch.GetElapsedTime(begin).TotalSeconds;

            await release();
            for (var i = 0; i < streams; i++)
            {
                await connections[i].EndAsync(traces[i], cancellationToken);
                Crowd.Count(phase, statuses[i], traces[i]);
            }
            return new HeldResult(streams, (open - before) / 1024.0 / streams, load * 100, phase.Failed, phase.LostTokens, phase.WithoutDone);
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

}

/// <summary>What held streams cost.</summary>
/// <param name="KilobytesEach">Growth of the target's resident memory, shared out.</param>
/// <param name="ProcessorPercent">Of one core, while nothing is said.</param>
internal sealed record HeldResult(int Streams, double KilobytesEach, double ProcessorPercent, int Failed, int LostTokens, int WithoutDone);
