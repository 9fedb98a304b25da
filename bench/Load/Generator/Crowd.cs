using System.Diagnostics;
using System.Net.Sockets;
using GrokForge.LoadBench.Targets;
using GrokForge.LoadBench.Upstream;

namespace GrokForge.LoadBench.Generator;

/// <summary>Many clients of one target at once, each with a connection of its own that it keeps.</summary>
internal static class Crowd
{
    private const int ShortestWhole = 150;

    /// <summary>Lets so many clients ask again and again for a while.</summary>
    /// <param name="spread">The clients begin one after another over this time: those of paced streams would else begin together again and again, and wait for one another.</param>
    public static async Task<PhaseResult> AskAsync(
        Target target, int clients, bool stream, string mark, TimeSpan time, CancellationToken cancellationToken, TimeSpan spread = default)
    {
        var request = target.Request(stream, mark);
        var connections = await ConnectAsync(target, clients, cancellationToken);
        try
        {
            var processor = target.Processor();
            var begin = Stopwatch.GetTimestamp();
            var deadline = begin + (long)(time.TotalSeconds * Stopwatch.Frequency);
            var results = await Task.WhenAll(connections.Select(
                (c, i) => Task.Run(() => LoopAsync(c, request, stream, deadline, spread * i / clients, cancellationToken), cancellationToken)));
            var total = new PhaseResult { Seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds, Processor = target.Processor() - processor };
            foreach (var result in results)
                total.Add(result);
            return total;
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    public static async Task<List<RawConnection>> ConnectAsync(Target target, int clients, CancellationToken cancellationToken)
    {
        List<RawConnection> connections = [];
        for (var i = 0; i < clients; i++)
            connections.Add(await RawConnection.OpenAsync(target.Door, cancellationToken));
        return connections;
    }

    private static async Task<PhaseResult> LoopAsync(
        RawConnection connection, byte[] request, bool stream, long deadline, TimeSpan after, CancellationToken cancellationToken)
    {
        if (after > TimeSpan.Zero)
            await Task.Delay(after, TimeProvider.System, cancellationToken);
        var result = new PhaseResult();
        var trace = stream ? new TokenTrace(result.Latencies, result.FirstTokens) : null;
        while (Stopwatch.GetTimestamp() < deadline)
        {
            try
            {
                var status = await connection.AskAsync(request, trace, cancellationToken);
                // An answer without its words is none, whatever its status.
                Count(result, trace is null && connection.AnswerBytes < ShortestWhole ? 0 : status, trace);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                result.Failed++;
                return result;
            }
        }
        return result;
    }

    public static void Count(PhaseResult result, int status, TokenTrace? trace)
    {
        if (status != 200)
        {
            result.Failed++;
            return;
        }
        result.Completed++;
        if (trace is null)
            return;
        result.LostTokens += trace.IsDisordered ? MockUpstream.Tokens : MockUpstream.Tokens - trace.Count;
        result.WithoutDone += trace.IsDone ? 0 : 1;
    }
}
