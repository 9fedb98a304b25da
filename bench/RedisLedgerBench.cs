using System.Globalization;
using GrokForge.TestKit.Servers;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Redis;
using StackExchange.Redis;

namespace GrokForge.Bench;

/// <summary>
/// What borrow and settle cost inside Redis at 100 and at 100,000 tokens: its own count of microseconds in scripts, which a busy machine lengthens, and the
/// processor time of the whole server, which it does not. Run with the argument redis-ledger.
/// </summary>
internal static class RedisLedgerBench
{
    private const int Rounds = 7;
    private const int PairsPerRound = 4_000;
    private const int Holders = 16;
    private static readonly int[] Sizes = [100, 100_000];

    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var server = await RedisServer.StartPrivateAsync(cancellationToken);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString, options => options.AllowAdmin = true);
        foreach (var penalty in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(15) })
        {
            // One database per size, so that the rounds can alternate: what else the machine does then falls on both.
            foreach (var (size, database) in Sizes.Select((size, i) => (size, i)))
            {
                await connection.GetDatabase(database).ExecuteAsync("FLUSHDB");
                await Ledger(connection, database).LoadAsync(LedgerLoads.Config with { Penalty = penalty }, size, cancellationToken);
            }
            var costs = Sizes.Select(_ => new List<Cost>()).ToList();
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < Sizes.Length; i++)
                    costs[i].Add(await MeasureAsync(connection, i, cancellationToken));
            }
            for (var i = 0; i < Sizes.Length; i++)
                Say($"penalty {penalty.TotalSeconds,2} s, {Sizes[i],7} tokens, per borrow and settle: {Median(costs[i], c => c.Script):f1} µs in scripts, {Median(costs[i], c => c.Processor):f1} µs of processor");
            Say($"penalty {penalty.TotalSeconds,2} s: scripts {Median(costs[^1], c => c.Script) / Median(costs[0], c => c.Script):f2} times, processor {Median(costs[^1], c => c.Processor) / Median(costs[0], c => c.Processor):f2} times");
        }
        return 0;
    }

    private static RedisLedger Ledger(ConnectionMultiplexer connection, int database) => new(() => connection.GetDatabase(database), LedgerScripts.Exact);

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static double Median(List<Cost> costs, Func<Cost, double> of) => costs.Select(of).Order().ElementAt(costs.Count / 2);

    private static async Task<Cost> MeasureAsync(ConnectionMultiplexer connection, int database, CancellationToken cancellationToken)
    {
        var ledger = Ledger(connection, database);
        await PairsAsync(ledger, PairsPerRound / 10, cancellationToken);
        var server = connection.GetServers()[0];
        await server.ConfigResetStatisticsAsync();
        var before = await ReadAsync(server, "cpu", "used_cpu_user", "used_cpu_sys");
        await PairsAsync(ledger, PairsPerRound, cancellationToken);
        var processor = await ReadAsync(server, "cpu", "used_cpu_user", "used_cpu_sys") - before;
        return new Cost(await ReadAsync(server, "commandstats", "cmdstat_evalsha", "cmdstat_eval") / PairsPerRound, processor * 1_000_000 / PairsPerRound);
    }

    /// <summary>Sums values such as 12.5, or the usec of values such as calls=8,usec=120,….</summary>
    private static async Task<double> ReadAsync(IServer server, string section, params string[] names) => (await server.InfoAsync(section))
        .SelectMany(group => group)
        .Where(entry => names.Contains(entry.Key))
        .Sum(entry => double.Parse(entry.Value.Split("usec=")[^1].Split(',')[0], CultureInfo.InvariantCulture));

    private static Task PairsAsync(RedisLedger ledger, int pairs, CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, Holders).Select(async holder =>
    {
        string[] scopes = ["auto", "fast", "expert", ""];
        for (var i = 0; i < pairs / Holders; i++)
        {
            var lease = await ledger.BorrowAsync(new BorrowWish(Guid.NewGuid().ToString("n"), ["basic", "super"], scopes[(holder + i) & 3], Units: 1, Affinity: "", [], Ttl: null), cancellationToken);
            await ledger.SettleAsync(
                lease.LeaseId, new Settlement(Refund: i % 8 == 0, Exhausted: false, null, null, "", Failed: false, Succeeded: i % 8 != 0, lease.Generation), cancellationToken);
        }
    }));

    private readonly record struct Cost(double Script, double Processor);
}
