using System.Collections.Concurrent;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Redis;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>Many holders at once, some of whom crash or come late: at the end every unit and every slot is accounted for.</summary>
public sealed class RedisLedgerAudit(LedgerRedis redis) : IClassFixture<LedgerRedis>
{
    private const int Tokens = 30;
    private const int Cap = 3;
    private const int Units = 400;
    private readonly int[] inflight = new int[Tokens + 1];
    private readonly int[] spent = new int[Tokens + 1];
    private readonly ConcurrentBag<(BorrowResult Lease, bool Refund)> crashed = [];
    private int overCap;
    private int duplicates;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Algorithms => [.. Enum.GetNames<SelectionAlgorithm>()];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Forty_holders_leave_no_unit_and_no_slot_unaccounted(string algorithm)
    {
        await redis.FlushAsync();
        var ledger = redis.Ledger(LedgerScripts.Exact);
        var config = Config with
        {
            MaxInflight = Cap,
            Penalty = TimeSpan.FromMilliseconds(20),
            Lanes = [new LaneConfig("auto", TimeSpan.Zero, Tracked: true)],
            Algorithm = Enum.Parse<SelectionAlgorithm>(algorithm),
            AffinityTtl = TimeSpan.FromMinutes(1),
        };
        var quotas = new Dictionary<string, LedgerQuota> { ["auto"] = new(Units, Units, null) };
        await ledger.LoadAsync(config, [.. Enumerable.Range(1, Tokens).Select(id => Token(id, 0) with { Quotas = quotas })], Stop);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(worker => Task.Run(() => HoldAsync(ledger, new Random(worker), 100), Stop)));
        Assert.Equal((0, 0), (overCap, duplicates));

        // The crashed ones expire; some of them settle after all.
        await ledger.SetTestOffsetAsync(TimeSpan.FromSeconds(61));
        await ledger.SweepAllAsync(Stop);
        foreach (var (lease, refund) in crashed.Take(crashed.Count / 2))
        {
            Assert.Equal(SettleKind.Late, (await ledger.SettleAsync(lease.LeaseId, refund ? Refunded : Kept, Stop)).Kind);
            spent[lease.TokenId] -= refund ? 1 : 0;
        }
        Assert.NotEmpty(crashed);
        foreach (var view in await ledger.ReadAsync([.. Enumerable.Range(1, Tokens)], Stop))
            Assert.Equal((0, Units - spent[view.Id]), (view.Inflight, view.Quotas["auto"].Remaining));
        Assert.Equal(0, await redis.Database.SortedSetLengthAsync("{gf}:w"));
    }

    private async Task HoldAsync(RedisLedger ledger, Random random, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var lease = await ledger.BorrowAsync(Wish($"{random.Next()}-{i}") with { Excluded = random.Next(4) == 0 ? [random.NextInt64(1, Tokens + 1)] : [], Affinity = random.Next(2) == 0 ? $"{random.Next(15)}" : "" }, Stop);
            if (!lease.Granted)
                continue;
            if (Interlocked.Increment(ref inflight[lease.TokenId]) > Cap)
                Interlocked.Increment(ref overCap);
            Interlocked.Increment(ref spent[lease.TokenId]);
            if (random.Next(3) == 0)
                await ledger.RenewAsync([lease.LeaseId], Stop);
            var refund = random.Next(5) == 0;
            if (random.Next(100) == 0)
            {
                // Its slot stays taken until it expires, so the holder's own count stays too.
                crashed.Add((lease, refund));
                continue;
            }
            Interlocked.Decrement(ref inflight[lease.TokenId]);
            var settled = await Task.WhenAll(ledger.SettleAsync(lease.LeaseId, refund ? Refunded : Kept, Stop).AsTask(), ledger.SettleAsync(lease.LeaseId, refund ? Refunded : Kept, Stop).AsTask());
            if (settled.Count(s => s.Kind is SettleKind.Applied) != 1)
                Interlocked.Increment(ref duplicates);
            if (refund)
                Interlocked.Decrement(ref spent[lease.TokenId]);
        }
    }
}
