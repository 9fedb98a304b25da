using GrokForge.Contracts.Tests.TokenPool.Model;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Redis;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The Redis ledger against the naive reference, and the proof that the comparison notices a script that is wrong in one line.</summary>
public sealed class RedisLedgerModel(LedgerRedis redis, ITestOutputHelper output) : IClassFixture<LedgerRedis>
{
    private const int Steps = 400;
    private const int Mutations = 80;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_pick_and_every_state_is_what_the_reference_says()
    {
        var fresh = Random.Shared.Next();
        output.WriteLine($"fresh seeds from {fresh}");
        var (picks, degraded) = (0, 0);
        foreach (var seed in Enumerable.Range(1, 30).Concat(Enumerable.Range(fresh, 10)))
        {
            var walk = await WalkAsync(seed, seed % 3 == 0 ? Searching : text => text);
            (picks, degraded) = (picks + walk.Picks, degraded + walk.Degraded);
        }
        output.WriteLine($"{picks} picks, {degraded} of them degraded");
        Assert.InRange(degraded, 0, picks / 50);
    }

    public static TheoryData<string> Mutants => [.. Broken.Keys];

    [Theory]
    [MemberData(nameof(Mutants))]
    public async Task A_script_that_is_wrong_in_one_line_is_noticed(string mutant)
    {
        var (right, wrong) = Broken[mutant];
        for (var seed = 1; seed <= Mutations; seed++)
        {
            var edited = false;
            try
            {
                await WalkAsync(seed, text =>
                {
                    edited |= text.Contains(right, StringComparison.Ordinal);
                    var broken = text.Replace(right, wrong, StringComparison.Ordinal);
                    return seed % 2 == 0 ? broken : Searching(broken);
                });
            }
            catch (ModelMismatchException e)
            {
                output.WriteLine(e.Message);
                Assert.True(edited);
                return;
            }
            Assert.True(edited, $"the scripts no longer contain: {right}");
        }
        Assert.Fail($"{Mutations} walks did not notice: {mutant}");
    }

    [Theory]
    [InlineData(nameof(SelectionAlgorithm.Weighted), "chance()) / weight", "chance())", false)]
    [InlineData(nameof(SelectionAlgorithm.Weighted), "if value > reached(ranking) and", "if false and", false)]
    [InlineData(nameof(SelectionAlgorithm.Random), "redis.call('ZRANDMEMBER', key, text(count + 1))", "redis.call('ZRANGE', key, 0, count)", false)]
    [InlineData(nameof(SelectionAlgorithm.Weighted), "math.random()) / weight", "math.random())", true)]
    [InlineData(nameof(SelectionAlgorithm.Weighted), "if value > reached and", "if false and", true)]
    [InlineData(nameof(SelectionAlgorithm.Random), "if algo == 'random' then\n            return redis.call", "if false then\n            return redis.call", true)]
    public async Task Chances_that_are_not_kept_are_noticed(string algorithm, string right, string wrong, bool usual)
    {
        await redis.FlushAsync();
        var ledger = redis.Ledger(new LedgerScripts(text => (usual ? text : Searching(text)).Replace(right, wrong, StringComparison.Ordinal)));
        Assert.Contains(right, LedgerScripts.Exact.Borrow.Text, StringComparison.Ordinal);
        Assert.InRange(await Draws.ChiSquareAsync(ledger, Enum.Parse<SelectionAlgorithm>(algorithm), Stop), Draws.Bound, double.MaxValue);
    }

    /// <summary>Sends what the usual borrow would lend to the search too, which must come to the same.</summary>
    private static string Searching(string text) => text.Replace("granted = usual()", "", StringComparison.Ordinal);

    private async Task<LedgerWalk> WalkAsync(int seed, Func<string, string> edit)
    {
        await redis.FlushAsync();
        await using var world = new RedisWorld(redis, edit);
        var walk = new LedgerWalk(world, seed);
        await walk.RunAsync(Steps, Stop);
        return walk;
    }

    private static Dictionary<string, (string Right, string Wrong)> Broken { get; } = new()
    {
        ["no epoch"] = ("if record.e == tonumber(epoch) then", "if true then"),
        ["an expired lease gives its slot back twice"] = ("if live then\n    set(token, 'i'", "if true then\n    set(token, 'i'"),
        ["renewing does nothing"] = ("redis.call('ZADD', '{gf}:w', now + tonumber(ttl), 'l' .. lease)\n    else", "else"),
        ["the state is ignored"] = ("token.s ~= 'a' or not record.q", "not record.q"),
        ["tokens are not scored"] = ("return record.q % 4294967296 - (tracked(lane) and record.r * 4294967296 or 0)", "return 0"),
        ["a refund is not scored"] = ("local placing = any and not has(token.k, lane)", "local placing = false"),
        ["no penalty"] = ("if cfg.pen > 0 and token.u + cfg.pen > now then\n        return 'p'", "if false then\n        return 'p'"),
        ["the cap is ignored"] = ("if cap > 0 and token.i >= cap then", "if false then"),
        ["the generation is ignored"] = ("if tonumber(ARGV[9]) >= token.g then", "if true then"),
        ["expiry refunds"] = ("local pick, id = parse(lease)\n", "local pick, id, ln = parse(lease)\n    redis.call('HINCRBY', '{gf}:t:' .. id, 'r' .. ln, 1)\n"),
        ["going to 0 again starts the window anew"] = ("if record.r == 0 and record.x == 0 then", "if record.r == 0 then"),
        ["a repeated borrow never ends"] = ("now < tonumber(at) + 60000 and ", ""),
        ["excluded tokens are lent"] = ("if excluded[id] then\n            skip", "if false then\n            skip"),
        ["a lease of a removed token touches its successor"] = ("if not token or token.b >= tonumber(pick) then", "if not token then"),
        ["timers are not worked off by borrow"] = ("\nhouse(8)\n\nif borrow", "\n\nif borrow"),
        ["heads are believed"] = ("and tonumber(value) < score(token, lane)", "and false"),
        ["a slot given back is not ordered"] = ("if cfg.algo ~= 'least_inflight' then\n        return\n    end", "if true then\n        return\n    end"),
        ["a kept unit's slot is not ordered"] = ("if c[1] == 'least_inflight' then", "if false then"),
        ["affinity beats the cap"] = ("return (want == 'f' or want == 'p') and token or nil", "return want ~= 'o' and token or nil"),
        ["affinity beats tiers"] = ("if tonumber(tier) > tonumber(token.t) then", "if false then"),
        ["affinity beats exclusion"] = ("if now >= tonumber(till) or excluded[id] then", "if now >= tonumber(till) then"),
        ["affinity beats pools"] = ("if preferred and preferred.p == pool and is_first", "if preferred and is_first"),
        ["affinity beats the penalised of an earlier pool"] = ("is_first(preferred, saved ~= nil)", "is_first(preferred, false)"),
        ["affinity yields to whom the penalty put behind"] = ("(behind and cfg.scope == 'Tier')", "behind"),
        ["affinity beats quota"] = ("or (counted and token.lanes[lane].r < units) then", "then"),
        ["affinity beats the penalty's order no more"] = ("return (want == 'f' or want == 'p') and token or nil", "return want == 'f' and token or nil"),
        ["affinity never ends"] = ("if now >= tonumber(till) or", "if"),
        ["affinity outlives its token"] = ("if not token or token.b >= tonumber(pick) or (counted", "if not token or (counted"),
        ["only the units order"] = ("if cfg.algo == 'high_quota_first' then\n        return record.q", "if true then\n        return record.q"),
        ["usually: the state is ignored"] = ("if v[1] ~= 'a' or v[2] ~= pool", "if v[2] ~= pool"),
        ["usually: affinity outlives its token"] = ("or (lent and tonumber(v[11]) >= tonumber(lent))", ""),
        ["usually: affinity beats tiers"] = ("or v[3] ~= tier", ""),
        ["usually: affinity beats pools"] = ("or v[2] ~= pool", ""),
        ["usually: affinity never ends"] = ("if now < tonumber(till) then", "if true then"),
        ["usually: the cap is ignored"] = ("if most > 0 and inflight >= most then", "if false then"),
        ["usually: the last unit leaves the token in its order"] = ("if left < 1 then", "if left < 0 then"),
        ["usually: the cooling are lent"] = ("elseif tonumber(v[15] or 0) > now then", "elseif false then"),
        ["usually: no penalty"] = ("(pen > 0 and v[5] + pen > now)", "false"),
        ["usually: heads are believed"] = ("tonumber(value) < v[4] * 1099511627776", "nil and v[4] < 1099511627776"),
        ["usually: excluded tokens are lent"] = ("if #ARGV > 7 + tonumber(ARGV[7]) then", "if false then"),
        ["usually: a repeated borrow is another"] = ("if known[2] then", "if false then"),
        ["usually: leases do not expire"] = ("string.byte(due[i]) ~= 112 or", "false or"),
        ["usually: whose penalty is over stays with the penalised"] = ("redis.call('ZREM', '{gf}:p:' .. order, id)", ""),
        ["usually: the penalised of a tier hide lower tiers"] = ("if not id and scope == 'Tier' then", "if not id then"),
        ["a token with too few units ends the search"] = ("elseif cfg.algo == 'high_quota_first' then\n                    -- The", "elseif true then\n                    -- The"),
    };
}
