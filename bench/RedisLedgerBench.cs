using System.Diagnostics;
using System.Globalization;
using GrokForge.TestKit.Servers;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Redis;
using StackExchange.Redis;

namespace GrokForge.Bench;

/// <summary>
/// Borrow and settle in Redis with 64 in flight, for each algorithm, at 100, 10,000 and 100,000 tokens, alone and with affinity on half of them: pairs a second; the server's
/// own count of microseconds in scripts, which a busy machine lengthens; and the processor time of the whole server, which it does not.
/// Run with the argument redis-ledger, and the name of an algorithm for that alone.
/// </summary>
internal static class RedisLedgerBench
{
    private const int Rounds = 7;
    private const int PairsPerRound = 8_000;
    private const int Holders = 64;
    private static readonly int[] Sizes = [100, 10_000, 100_000];
    private static readonly TimeSpan[] Penalties = [TimeSpan.Zero, TimeSpan.FromSeconds(15)];

    /// <param name="algorithm">Null: every one.</param>
    public static async Task<int> RunAsync(string? algorithm, CancellationToken cancellationToken)
    {
        SelectionAlgorithm[] algorithms = algorithm is null ? Enum.GetValues<SelectionAlgorithm>() : [Enum.Parse<SelectionAlgorithm>(algorithm, ignoreCase: true)];
        await using var server = await RedisServer.StartPrivateAsync(cancellationToken);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString, options => options.AllowAdmin = true);

        // One database per size, so that the rounds can alternate: what else the machine does then falls on all.
        for (var i = 0; i < Sizes.Length; i++)
            await Ledger(connection, i).LoadAsync(LedgerLoads.Config, Sizes[i], cancellationToken);
        foreach (var penalty in Penalties)
        {
            foreach (var one in algorithms)
                await MeasureAsync(connection, LedgerLoads.Config with { Algorithm = one, Penalty = penalty }, cancellationToken);
        }
        return 0;
    }

    private static async Task MeasureAsync(ConnectionMultiplexer connection, LedgerConfig config, CancellationToken cancellationToken)
    {
        var costs = new Dictionary<(int Size, bool Affinity), List<Cost>>();
        for (var i = 0; i < Sizes.Length; i++)
            await Ledger(connection, i).ConfigureAsync(config, cancellationToken);
        for (var round = 0; round <= Rounds; round++)
        {
            for (var i = 0; i < Sizes.Length; i++)
            {
                foreach (var affinity in new[] { false, true })
                {
                    var cost = await MeasureAsync(connection, i, LedgerLoads.Wishes(PairsPerRound, affinity ? PairsPerRound / 8 : 0), cancellationToken);

                    // The first round only warms up.
                    if (round > 0)
                        (costs.TryGetValue((i, affinity), out var list) ? list : costs[(i, affinity)] = []).Add(cost);
                }
            }
        }
        foreach (var ((i, affinity), list) in costs.OrderBy(c => c.Key))
            Say($"{config.Algorithm,-14} penalty {config.Penalty.TotalSeconds,2} s, {Sizes[i],7} tokens, {(affinity ? "affinity" : "without "),8}: {Median(list, c => c.PairsPerSecond),6:f0} pairs/s, per pair {Median(list, c => c.Script):f1} µs in scripts, {Median(list, c => c.Processor):f1} µs of processor");
    }

    private static RedisLedger Ledger(ConnectionMultiplexer connection, int database) => new(() => connection.GetDatabase(database), LedgerScripts.Exact);

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static double Median(List<Cost> costs, Func<Cost, double> of) => costs.Select(of).Order().ElementAt(costs.Count / 2);

    private static async Task<Cost> MeasureAsync(ConnectionMultiplexer connection, int database, BorrowWish[] wishes, CancellationToken cancellationToken)
    {
        var ledger = Ledger(connection, database);
        var server = connection.GetServers()[0];
        await server.ConfigResetStatisticsAsync();
        var before = await ReadAsync(server, "cpu", "used_cpu_user", "used_cpu_sys");
        var started = Stopwatch.GetTimestamp();
        await PairsAsync(ledger, wishes, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var processor = await ReadAsync(server, "cpu", "used_cpu_user", "used_cpu_sys") - before;
        var script = await ReadAsync(server, "commandstats", "cmdstat_evalsha", "cmdstat_eval");
        return new Cost(wishes.Length / seconds, script / wishes.Length, processor * 1_000_000 / wishes.Length);
    }

    /// <summary>Sums values such as 12.5, or the usec of values such as calls=8,usec=120,….</summary>
    private static async Task<double> ReadAsync(IServer server, string section, params string[] names) => (await server.InfoAsync(section))
        .SelectMany(group => group)
        .Where(entry => names.Contains(entry.Key))
        .Sum(entry => double.Parse(entry.Value.Split("usec=")[^1].Split(',')[0], CultureInfo.InvariantCulture));

    private static Task PairsAsync(RedisLedger ledger, BorrowWish[] wishes, CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, Holders).Select(async holder =>
    {
        for (var i = holder; i < wishes.Length; i += Holders)
        {
            var lease = await ledger.BorrowAsync(wishes[i], cancellationToken);
            if (!lease.Granted)
                throw new InvalidOperationException($"A borrow was answered {lease.None}: what is measured would be refusals.");
            await ledger.SettleAsync(
                lease.LeaseId, new Settlement(Refund: i % 8 == 0, Exhausted: false, null, null, "", Failed: false, Succeeded: i % 8 != 0, lease.Generation), cancellationToken);
        }
    }));

    private readonly record struct Cost(double PairsPerSecond, double Script, double Processor);
}
