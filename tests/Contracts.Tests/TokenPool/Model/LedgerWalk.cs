using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;
using static GrokForge.Contracts.Tests.TokenPool.Model.LedgerComparison;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>A random walk over everything a ledger can be asked, done at the same time by the ledger and by the reference, and compared at every step.</summary>
internal sealed partial class LedgerWalk
{
    private static readonly long Start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private static readonly string[] Pools = ["basic", "super", "heavy"];
    private readonly IModelWorld world;
    private readonly int seed;
    private readonly Random random;
    private readonly ReferenceLedger reference;
    private readonly List<string> ended = [];
    private readonly List<string> borrowIds = [];
    private readonly HashSet<long> penaltyTimers = [];
    private readonly List<string> trail = [];
    private long nextId = 1;

    /// <summary>Until then timers of a longer penalty that is no longer in force may come up.</summary>
    private long leftoverTimers;
    private bool lagging;

    public LedgerWalk(IModelWorld world, int seed)
    {
        (this.world, this.seed, random) = (world, seed, new Random(seed));
        reference = new ReferenceLedger(RandomConfig([
            new LaneConfig("auto", TimeSpan.FromSeconds(40), Tracked: true), new LaneConfig("fast", TimeSpan.FromMinutes(5), Tracked: true),
            new LaneConfig("image_ws", TimeSpan.FromSeconds(30), Tracked: false), new LaneConfig("heavy", TimeSpan.FromHours(2), Tracked: true)]));
    }

    public int Picks { get; private set; }

    public int Degraded { get; private set; }

    /// <summary>Throws <see cref="ModelMismatchException"/> with the seed and the step where the two part.</summary>
    public async Task RunAsync(int steps, CancellationToken cancellationToken)
    {
        var step = 0;
        try
        {
            await BeginAsync(cancellationToken);
            for (; step < steps; step++)
            {
                await StepAsync(cancellationToken);
                if (step % 25 == 24)
                    await CompareAsync(cancellationToken);
            }
            await EndAsync(cancellationToken);
        }
        catch (ModelMismatchException e)
        {
            throw new ModelMismatchException($"seed {seed}, step {step}: {e.Message}\nlast: {string.Join("; ", trail.TakeLast(6))}");
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        await world.SetTimeAsync(Start);
        reference.AdvanceTo(Start);
        Same("begin", await world.Ledger.TryBeginLoadAsync(reference.Config, AnyRight, cancellationToken), true);
        // In a large pool a search meets more stale entries than it may put right.
        await PutNewAsync(random.Next(8) == 0 ? random.Next(80, 160) : random.Next(1, 25), cancellationToken);
        Same("complete", await world.Ledger.CompleteLoadAsync(AnyRight, cancellationToken), true);
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        var dice = random.Next(1000);
        if (lagging || dice < 450)
            await BorrowAsync(cancellationToken);
        else if (dice < 720)
            await SettleAsync(cancellationToken);
        else if (dice < 770)
            await RenewAsync(cancellationToken);
        else if (dice < 810)
            await WriteBehindAsync(cancellationToken);
        else if (dice < 870)
            await PutKnownAsync(cancellationToken);
        else if (dice < 880)
            await PutNewAsync(1, cancellationToken);
        else if (dice < 888)
            await RemoveAsync(cancellationToken);
        else if (dice < 900)
            await ConfigureAsync(cancellationToken);
        else
            await JumpAsync(cancellationToken);
    }

    private async Task BorrowAsync(CancellationToken cancellationToken)
    {
        lagging = false;
        var wish = RandomWish();
        var forecast = await ForecastAsync(wish, cancellationToken);
        var result = await world.Ledger.BorrowAsync(wish, cancellationToken);
        trail.Add($"borrow {wish.Affinity} {wish.Scope}×{wish.Units} of {string.Join('>', wish.Pools)} but {string.Join(',', wish.Excluded)} → {result}");
        if (reference.Repeat(wish.BorrowId) is { } repeated)
        {
            Same("repeated", (result.Repeated, result.LeaseId, result.TokenId, result.Generation, result.Pool), (true, repeated.Id, repeated.Token.Id, repeated.Generation, repeated.Pool));
            return;
        }
        Same("repeated", result.Repeated, false);
        var lane = reference.LaneOf(wish.Scope);
        if (lane < 0)
        {
            Same("unknown scope", (result.None, forecast.None, forecast.Tokens), (NoneReason.Exhausted, NoneReason.Exhausted, 0));
            return;
        }
        Picks++;
        var expected = reference.Search(wish, lane);
        if (!result.Degraded)
            Foretold(forecast, result, expected, lane);
        if (!result.Granted && result.Degraded)
        {
            Degraded++;
            return;
        }
        if (!result.Granted || expected.Token is null)
        {
            Same("none", (result.None, result.RetryAfter, result.TokenId), (expected.None, expected.RetryAfter, expected.Token?.Id ?? 0));
            return;
        }
        Degraded += result.Degraded ? 1 : 0;
        var token = expected.Candidates.FirstOrDefault(t => t.Id == result.TokenId)
            ?? throw new ModelMismatchException($"lent {result.TokenId}, which may not be lent; expected {expected.Token.Id}");
        if (!result.Degraded && token != expected.Token && (expected.IsPreferred || !Tie(token, expected.Token, lane)))
            throw new ModelMismatchException($"lent {token.Id} instead of {expected.Token.Id}");
        penaltyTimers.Add(token.Id);
        reference.Take(result.LeaseId, token, lane, wish);
        Same("grant", (result.Pool, result.Generation, result.Rev), (token.Pool, token.Generation, token.Rev));
    }

    /// <summary>Two tokens new to the lane may have drawn the same first pick number; and where tokens are drawn by lot all are alike.</summary>
    private bool Tie(ReferenceToken a, ReferenceToken b, int lane) =>
        a.Pool == b.Pool && a.Tier == b.Tier && reference.IsPenalised(a) == reference.IsPenalised(b) && reference.Score(a, lane) == reference.Score(b, lane);

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var id = RandomLease();
        var lease = reference.Live.GetValueOrDefault(id) ?? reference.Expired.GetValueOrDefault(id);
        var settlement = RandomSettlement(lease?.Generation ?? 1);
        var result = await world.Ledger.SettleAsync(id, settlement, cancellationToken);
        var expected = reference.Settle(id, settlement);
        trail.Add($"settle {id} {settlement} → {result}");
        Same("settle", result, expected);
        ended.Add(id);
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var ids = Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomLease()).Distinct().ToList();
        var lost = await world.Ledger.RenewAsync(ids, cancellationToken);
        Same("lost", string.Join(',', lost), string.Join(',', ids.Where(id => !reference.Live.ContainsKey(id))));
        foreach (var id in ids)
            reference.Renew(id);
        trail.Add($"renew {string.Join(',', ids)}");
    }

    private async Task JumpAsync(CancellationToken cancellationToken)
    {
        var now = reference.Now + random.Next(5) switch { 0 => random.Next(50), 1 => random.Next(5_000), 2 => random.Next(20_000), 3 => random.Next(90_000), _ => random.Next(700_000) };
        await world.SetTimeAsync(now);
        var due = reference.Live.Values.Count(l => l.DueAt <= now) + penaltyTimers.Count
            + reference.Tokens.Values.Sum(t => t.Lanes.Count(l => l.ResumeAt > 0 && l.ResumeAt <= now));
        var unsure = reference.Now <= leftoverTimers;
        reference.AdvanceTo(now);

        // What is due is done by sweeps, or, where it is not too much for one, by the next borrow.
        lagging = due <= LedgerLimits.TimersPerCall && !unsure && random.Next(2) == 0;
        if (!lagging)
            await world.Ledger.SweepAllAsync(cancellationToken);
        penaltyTimers.RemoveWhere(id => !reference.Tokens.TryGetValue(id, out var token) || !reference.IsPenalised(token));
        trail.Add($"jump to {now - Start}{(lagging ? " without a sweep" : "")}");
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        if (lagging)
            await world.Ledger.SweepAllAsync(cancellationToken);
        lagging = false;
        Compare(await world.InspectAsync([.. reference.Tokens.Keys], reference.LaneCount), reference);
    }

    /// <summary>After every lease has expired nothing may be in flight.</summary>
    private async Task EndAsync(CancellationToken cancellationToken)
    {
        var now = reference.Now + (long)TimeSpan.FromHours(3).TotalMilliseconds;
        await world.SetTimeAsync(now);
        reference.AdvanceTo(now);
        await world.Ledger.SweepAllAsync(cancellationToken);
        await CompareAsync(cancellationToken);
        Same("in flight at the end", reference.Tokens.Values.Sum(t => t.Inflight), 0);
    }
}
