using GrokForge.Contracts.Tests.TokenPool.Model;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The memory ledger against the naive reference, and the proof that the comparison notices a ledger that is wrong in one line.</summary>
public sealed class MemoryLedgerModel(ITestOutputHelper output)
{
    private const int Steps = 600;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_pick_and_every_state_is_what_the_reference_says()
    {
        var fresh = Random.Shared.Next();
        output.WriteLine($"fresh seeds from {fresh}");
        var (picks, degraded) = (0, 0);
        foreach (var seed in Enumerable.Range(1, 200).Concat(Enumerable.Range(fresh, 50)))
        {
            var walk = new LedgerWalk(new MemoryWorld(LedgerRules.Exact, seed), seed);
            await walk.RunAsync(Steps, Stop);
            (picks, degraded) = (picks + walk.Picks, degraded + walk.Degraded);
        }
        output.WriteLine($"{picks} picks, {degraded} of them degraded");
        Assert.InRange(degraded, 0, picks / 50);
    }

    public static TheoryData<string> Mutants => [.. Broken.Keys];

    [Theory]
    [MemberData(nameof(Mutants))]
    public async Task A_ledger_that_is_wrong_in_one_line_is_noticed(string mutant)
    {
        for (var seed = 1; seed <= 60; seed++)
        {
            try
            {
                await new LedgerWalk(new MemoryWorld(Broken[mutant], seed), seed).RunAsync(Steps, Stop);
            }
            catch (ModelMismatchException e)
            {
                output.WriteLine(e.Message);
                return;
            }
        }
        Assert.Fail($"60 walks did not notice: {mutant}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Weights_that_are_ignored_are_noticed(int seed)
    {
        var (right, wrong) = (new MemoryWorld(LedgerRules.Exact, seed), new MemoryWorld(new NoWeight(), seed));
        Assert.InRange(await Draws.ChiSquareAsync(right.Ledger, SelectionAlgorithm.Weighted, Stop), 0, Draws.Bound);
        Assert.InRange(await Draws.ChiSquareAsync(wrong.Ledger, SelectionAlgorithm.Weighted, Stop), Draws.Bound, double.MaxValue);
    }

    private static Dictionary<string, LedgerRules> Broken { get; } = new()
    {
        ["no epoch"] = new NoEpoch(),
        ["an expired lease gives its slot back twice"] = new DoubleRelease(),
        ["renewing does nothing"] = new RenewIgnored(),
        ["the state is ignored"] = new StateIgnored(),
        ["tokens are not scored"] = new NoScore(),
        ["no penalty"] = new NoPenalty(),
        ["the cap is ignored"] = new NoCap(),
        ["the generation is ignored"] = new NoGeneration(),
        ["expiry refunds"] = new ExpiryRefunds(),
        ["heads are believed"] = new HeadsBelieved(),
        ["affinity beats the cap"] = new CapBeaten(),
        ["affinity beats tiers"] = new TiersBeaten(),
        ["only the units order"] = new UnitsOnly(),
    };

    private sealed class NoEpoch : LedgerRules
    {
        public override bool IsSameWindow(int leaseEpoch, int laneEpoch) => true;
    }

    private sealed class DoubleRelease : LedgerRules
    {
        public override bool HoldsSlot(bool live) => true;
    }

    private sealed class RenewIgnored : LedgerRules
    {
        public override long RenewedUntil(long dueAt, long now, long ttl) => dueAt;
    }

    private sealed class StateIgnored : LedgerRules
    {
        public override bool MayBeLent(TokenState state) => true;
    }

    private sealed class NoScore : LedgerRules
    {
        public override double Score(SelectionAlgorithm algorithm, bool tracked, int left, int inflight, long pick) => 0;
    }

    private sealed class NoPenalty : LedgerRules
    {
        public override bool IsPenalised(long usedAt, long penalty, long now) => false;
    }

    private sealed class NoCap : LedgerRules
    {
        public override bool HasSlot(int inflight, int cap) => true;
    }

    private sealed class NoGeneration : LedgerRules
    {
        public override bool MayChangeState(int grantedGeneration, int generation) => true;
    }

    private sealed class HeadsBelieved : LedgerRules
    {
        public override bool IsStale(double shown, double score) => false;
    }

    private sealed class CapBeaten : LedgerRules
    {
        public override bool MayBePreferred(Place place) => place is not Place.Out;
    }

    private sealed class TiersBeaten : LedgerRules
    {
        public override bool TiersBeatAffinity => false;
    }

    private sealed class NoWeight : LedgerRules
    {
        public override double Weight(bool tracked, int left, int limit) => 1;
    }

    private sealed class UnitsOnly : LedgerRules
    {
        public override double Score(SelectionAlgorithm algorithm, bool tracked, int left, int inflight, long pick) =>
            base.Score(SelectionAlgorithm.HighQuotaFirst, tracked, left, inflight, pick);
    }

    private sealed class ExpiryRefunds : LedgerRules
    {
        public override int LeftAfterExpiry(int left, int units) => left + units;
    }
}
