using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>The memory ledger with its inside open.</summary>
internal sealed class MemoryWorld : IModelWorld
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryLedger ledger;

    public MemoryWorld(LedgerRules rules, int seed) => ledger = new MemoryLedger(time, rules, new Random(seed));

    public ILedger Ledger => ledger;

    public ValueTask SetTimeAsync(long unixMs)
    {
        time.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(unixMs));
        return ValueTask.CompletedTask;
    }

    public ValueTask<LedgerDump> InspectAsync(IReadOnlyList<long> ids, int lanes)
    {
        var state = ledger.State;
        var tokens = ids.Select(id => state.Tokens.Find(id)).Where(slot => slot >= 0).Select(slot => Token(state, slot, lanes)).ToList();
        var pools = tokens.Select(t => t.Pool).Distinct().Select(name =>
            new PoolDump(name, state.Pool(name).Active, [.. Enumerable.Range(0, lanes).Select(lane => state.Pool(name).Lane(lane).Offering)])).ToList();
        return ValueTask.FromResult(new LedgerDump(tokens, pools, state.Leases.Live));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static TokenDump Token(LedgerState state, int slot, int lanes)
    {
        var token = state.Tokens.Tokens[slot];
        return new TokenDump(
            token.Id, token.Pool.Name, token.Tier, token.MaxInflight, token.State, token.Reason, token.Generation, token.Fails, token.Inflight, token.UsedAt, token.Rev,
            [.. Enumerable.Range(0, lanes).Select(lane => Lane(state, token, slot, lane))]);
    }

    private static LaneDump Lane(LedgerState state, in TokenRecord token, int slot, int lane)
    {
        var cell = state.Tokens.Cell(slot, lane);
        var record = state.Tokens.Lanes[cell];
        var order = token.Pool.Lane(lane);
        var sets = order.Tier(token.Tier);
        var (fresh, penalised, parked) = (sets.Fresh.Contains(cell), sets.Penalised.Contains(cell), order.Parked.Contains(cell));
        if ((fresh ? 1 : 0) + (penalised ? 1 : 0) + (parked ? 1 : 0) > 1)
            throw new ModelMismatchException($"token {token.Id} stands twice in lane {lane}");
        if (penalised != ((token.Penalised >> lane & 1) == 1) || parked != ((token.Parked >> lane & 1) == 1))
            throw new ModelMismatchException($"token {token.Id}: the masks do not say where it stands in lane {lane}");
        if (!fresh && !penalised && !parked && state.Places[cell] >= 0)
            throw new ModelMismatchException($"token {token.Id} stands in an order that is not its own in lane {lane}");
        if ((fresh || penalised) && !order.Tiers.Contains(sets))
            throw new ModelMismatchException($"tier {token.Tier} is not listed in lane {lane}");
        var standing = fresh ? Standing.Fresh : penalised ? Standing.Penalised : parked ? Standing.Parked : Standing.Out;
        var score = fresh ? sets.Fresh.KeyOf(cell) : penalised ? sets.Penalised.KeyOf(cell) : 0;
        return new LaneDump(record.Left, record.Limit, record.Epoch, record.Pick, record.ResumeAt, standing, score, order.Waiting.Contains(cell));
    }
}
