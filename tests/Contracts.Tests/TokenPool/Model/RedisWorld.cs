using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Redis;
using StackExchange.Redis;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>The Redis ledger with its keys open, and with a clock that shows the test offset and nothing else.</summary>
internal sealed class RedisWorld(LedgerRedis redis, Func<string, string> edit) : IModelWorld
{
    public ILedger Ledger { get; } = redis.Ledger(new LedgerScripts(text => edit(text.Replace("redis.call('TIME')", "{ 0, 0 }", StringComparison.Ordinal))));

    public async ValueTask SetTimeAsync(long unixMs) => await redis.Database.StringSetAsync("{gf}:offset", unixMs);

    public async ValueTask<LedgerDump> InspectAsync(IReadOnlyList<long> ids, int lanes)
    {
        var database = redis.Database;
        var hashes = await Task.WhenAll(ids.Select(id => database.HashGetAllAsync($"{{gf}}:t:{id}")));
        List<string> orders = [];
        await foreach (var key in redis.Server.KeysAsync(database.Database, "{gf}:[fpkdgw]*", 1000))
        {
            if (await database.KeyTypeAsync(key) is RedisType.SortedSet)
                orders.Add(key.ToString());
        }
        var entries = await Task.WhenAll(orders.Select(key => database.SortedSetRangeByRankWithScoresAsync(key)));
        var standings = orders.Zip(entries).ToDictionary(o => o.First["{gf}:".Length..], o => o.Second.ToDictionary(e => e.Element.ToString(), e => e.Score));
        var timers = standings.GetValueOrDefault("w", []);
        var tokens = ids.Zip(hashes).Select(t => Token(t.First, t.Second.ToDictionary(e => e.Name.ToString(), e => e.Value), lanes, standings, timers)).ToList();
        var strangers = standings.Where(s => s.Key.Length > 1 && s.Key[0] is 'f' or 'p' or 'k' or 'd').Sum(s => s.Value.Count)
            - tokens.Sum(t => t.Lanes.Count(l => l.Standing is not Standing.Out) + t.Lanes.Count(l => l.Waits));
        LedgerComparison.Same("entries of tokens in orders that are not theirs", strangers, 0);
        List<PoolDump> pools = [];
        foreach (var pool in tokens.Select(t => t.Pool).Distinct())
        {
            var counts = (await database.HashGetAllAsync($"{{gf}}:n:{pool}")).ToDictionary(e => e.Name.ToString(), e => (int)e.Value);
            pools.Add(new PoolDump(pool, counts.GetValueOrDefault("a"), [.. Enumerable.Range(0, lanes).Select(lane => counts.GetValueOrDefault($"o{lane}"))]));
        }
        return new LedgerDump(tokens, pools, timers.Keys.Count(k => k[0] == 'l'));
    }

    public async ValueTask DisposeAsync() => await redis.FlushAsync();

    private static TokenDump Token(
        long id, Dictionary<string, RedisValue> fields, int lanes, Dictionary<string, Dictionary<string, double>> standings, Dictionary<string, double> timers)
    {
        if (fields.Count == 0)
            throw new ModelMismatchException($"token {id} is gone");
        var dump = new TokenDump(
            id, fields["p"]!, (int)fields["t"], (int)fields["c"], LedgerArguments.State(fields["s"]!), fields["w"]!, (int)fields["g"], (int)fields["f"], (int)fields["i"],
            (long)fields["u"], (long)fields["v"], [.. Enumerable.Range(0, lanes).Select(lane => Lane(id, fields, lane, standings, timers))]);
        if ((long)fields["m"] != 0 && !timers.ContainsKey($"p{id}"))
            throw new ModelMismatchException($"token {id} is penalised without a timer");
        return dump;
    }

    private static LaneDump Lane(
        long id, Dictionary<string, RedisValue> fields, int lane, Dictionary<string, Dictionary<string, double>> standings, Dictionary<string, double> timers)
    {
        var order = $"{fields["p"]}:{lane}";
        var member = $"{id}";
        double? Score(string key) => standings.TryGetValue(key, out var entries) && entries.TryGetValue(member, out var score) ? score : null;
        var (fresh, penalised, parked) = (Score($"f:{order}:{fields["t"]}"), Score($"p:{order}:{fields["t"]}"), Score($"k:{order}"));
        if (new[] { fresh, penalised, parked }.Count(s => s is not null) > 1)
            throw new ModelMismatchException($"token {id} stands twice in lane {lane}");
        if (penalised is not null != (((long)fields["m"] >> lane & 1) == 1) || parked is not null != (((long)fields["k"] >> lane & 1) == 1))
            throw new ModelMismatchException($"token {id}: the masks do not say where it stands in lane {lane}");
        if ((fresh ?? penalised) is not null && !standings[$"g:{order}"].ContainsKey(fields["t"].ToString()))
            throw new ModelMismatchException($"tier {fields["t"]} is not listed in lane {lane}");
        var resumeAt = Number(fields, $"x{lane}");
        if ((timers.TryGetValue($"r{lane}:{id}", out var due) ? due : 0) != resumeAt)
            throw new ModelMismatchException($"token {id}: the timer of lane {lane} is {due}, the token says {resumeAt}");
        var standing = fresh is not null ? Standing.Fresh : penalised is not null ? Standing.Penalised : parked is not null ? Standing.Parked : Standing.Out;
        return new LaneDump(
            (int)Number(fields, $"r{lane}"), (int)Number(fields, $"l{lane}"), (int)Number(fields, $"e{lane}"), Number(fields, $"q{lane}"), resumeAt, standing,
            fresh ?? penalised ?? 0, Score($"d:{order}") is not null);
    }

    private static long Number(Dictionary<string, RedisValue> fields, string name) => fields.TryGetValue(name, out var value) ? (long)value : 0;
}
