using System.Diagnostics;
using System.Globalization;
using GrokForge.TestKit.Servers;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Redis;
using StackExchange.Redis;

namespace GrokForge.Bench;

/// <summary>
/// What it costs to fill an empty Redis, as a replica does after a loss: 50 tokens per script, four scripts at once, six modes. Says the time that passed and the
/// processor time of Redis, which a busy machine does not lengthen. Run with the argument redis-rebuild.
/// </summary>
internal static class RedisRebuildBench
{
    private const int PerScript = 50;
    private const int AtOnce = 4;
    private static readonly int[] Sizes = [10_000, 100_000];
    private static readonly string[] Modes = ["auto", "fast", "expert", "heavy", "image", "video"];

    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var redis = await RedisServer.StartPrivateAsync(cancellationToken);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString, options => options.AllowAdmin = true);
        var config = LedgerLoads.Config with { Lanes = [.. Modes.Select(mode => new LaneConfig(mode, TimeSpan.FromHours(2), Tracked: true))] };
        var ledger = new RedisLedger(() => connection.GetDatabase(), LedgerScripts.Exact);
        var server = connection.GetServers()[0];
        foreach (var size in Sizes)
        {
            await server.FlushAllDatabasesAsync();
            var tokens = Enumerable.Range(1, size).Select(id => LedgerLoads.Token(id, Quotas(id))).ToList();
            var right = new LoadRight("bench", TimeSpan.FromMinutes(1));
            await ledger.TryBeginLoadAsync(config, right, cancellationToken);
            var (processor, started) = (await ProcessorAsync(server), Stopwatch.GetTimestamp());
            await Parallel.ForEachAsync(
                tokens.Chunk(PerScript), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (batch, token) => await ledger.LoadAsync(right, batch, token));
            await ledger.CompleteLoadAsync(right, cancellationToken);
            var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var spent = await ProcessorAsync(server) - processor;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size,7} tokens: {elapsed:f1} s, Redis' processor {spent:f1} s, {spent / size * 1_000_000:f0} µs per token"));
        }
        return 0;
    }

    // As catalogs have it: a pool's tokens have half of the modes.
    private static Dictionary<string, LedgerQuota> Quotas(int id) => Modes.Skip(id % 10 == 0 ? 0 : 3).ToDictionary(mode => mode, _ => new LedgerQuota(40, 50, null));

    private static async Task<double> ProcessorAsync(IServer server) => (await server.InfoAsync("cpu")).SelectMany(group => group)
        .Where(entry => entry.Key is "used_cpu_user" or "used_cpu_sys").Sum(entry => double.Parse(entry.Value, CultureInfo.InvariantCulture));
}
