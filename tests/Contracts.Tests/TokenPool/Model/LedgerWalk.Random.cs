using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.Model.LedgerComparison;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>What the walk asks: random wishes, settlements, tokens and settings.</summary>
internal sealed partial class LedgerWalk
{
    private async Task PutNewAsync(int count, CancellationToken cancellationToken)
    {
        var tokens = Enumerable.Range(0, count).Select(_ => RandomToken(nextId++, generation: 1) with { Rev = random.Next(5) }).ToList();
        await world.Ledger.PutAsync(tokens, cancellationToken);
        foreach (var token in tokens)
            reference.Put(token);
        await LearnPicksAsync();
        trail.Add($"put new {string.Join(',', tokens.Select(t => t.Id))}");
    }

    /// <summary>A ledger draws a token's first place in the rotation by lot.</summary>
    private async Task LearnPicksAsync()
    {
        var dump = await world.InspectAsync([.. reference.Tokens.Keys], reference.LaneCount);
        foreach (var token in dump.Tokens)
        {
            for (var lane = 0; lane < reference.LaneCount; lane++)
            {
                var known = reference.Tokens[token.Id].Lanes[lane];
                if (known.Pick == 0)
                    known.Pick = token.Lanes[lane].Pick;
            }
        }
    }

    private async Task PutKnownAsync(CancellationToken cancellationToken)
    {
        if (RandomKnown() is not { } known)
            return;
        var put = RandomToken(known.Id, Math.Max(1, known.Generation + random.Next(-1, 3))) with { FailCount = random.Next(2), Rev = known.Rev + random.Next(-3, 3) };
        if (random.Next(2) == 0)
            put = put with { Quotas = null };
        put = put with { SetsState = random.Next(3) != 0 };
        await world.Ledger.PutAsync([put], cancellationToken);
        reference.Put(put);
        trail.Add($"put {put.Id} generation {put.Generation} {put.State} in {put.Pool} tier {put.Tier} cap {put.MaxInflight}");
    }

    private async Task RemoveAsync(CancellationToken cancellationToken)
    {
        if (RandomKnown() is not { } known)
            return;
        await world.Ledger.RemoveAsync([known.Id], cancellationToken);
        reference.Remove(known.Id);
        trail.Add($"remove {known.Id}");

        // An id that comes back is another token: the old leases must not touch it.
        if (random.Next(3) == 0)
            return;
        var again = RandomToken(known.Id, generation: 1);
        await world.Ledger.PutAsync([again], cancellationToken);
        reference.Put(again);
        await LearnPicksAsync();
    }

    private async Task ConfigureAsync(CancellationToken cancellationToken)
    {
        var lanes = reference.Config.Lanes;
        if (lanes.Count < 9 && random.Next(3) == 0)
            lanes = [.. lanes, new LaneConfig($"mode{lanes.Count}", TimeSpan.FromMinutes(3), Tracked: random.Next(4) != 0)];
        reference.Config = RandomConfig(lanes);
        await world.Ledger.ConfigureAsync(reference.Config, cancellationToken);
        foreach (var token in reference.Tokens.Values)
            token.Lanes = [.. token.Lanes, .. Enumerable.Range(0, reference.LaneCount - token.Lanes.Length).Select(_ => new ReferenceLane())];
        await LearnPicksAsync();
        penaltyTimers.UnionWith(reference.Tokens.Keys);
        leftoverTimers = reference.Now + (long)TimeSpan.FromMinutes(1).TotalMilliseconds;
        await world.Ledger.SweepAllAsync(cancellationToken);
        trail.Add($"configure {reference.Config}");
    }

    private async Task WriteBehindAsync(CancellationToken cancellationToken)
    {
        var limit = random.Next(1, 6);
        var claimed = reference.Claim();
        var taken = await world.Ledger.TakeDirtyAsync(limit, cancellationToken);
        Same("taken", taken.Count, Math.Min(limit, claimed.Count));
        foreach (var view in taken)
        {
            Same("claimed", claimed.Contains(view.Id), true);
            var token = reference.Tokens[view.Id];
            Same("view", (view.State, view.Reason, view.Generation, view.FailCount, view.Rev, view.Inflight), (token.State, token.Reason, token.Generation, token.Fails, token.Rev, token.Inflight));
            Same("last used", view.LastUsed?.ToUnixTimeMilliseconds() ?? 0, token.UsedAt);
            for (var lane = 1; lane < reference.LaneCount; lane++)
            {
                var (quota, expected) = (view.Quotas.GetValueOrDefault(reference.Config.Lanes[lane - 1].Mode), token.Lanes[lane]);
                if (expected.Limit > 0 || expected.ResumeAt > 0)
                    Same($"quota {lane}", (quota.Limit, quota.ResumeAt?.ToUnixTimeMilliseconds() ?? 0), (expected.Limit, expected.ResumeAt));
            }
        }
        if (random.Next(3) == 0)
            return;
        await world.Ledger.ConfirmWrittenAsync(taken, cancellationToken);
        claimed.ExceptWith(taken.Select(t => t.Id));
    }

    private LedgerConfig RandomConfig(IReadOnlyList<LaneConfig> lanes) => new(
        MaxInflight: random.Next(5), Penalty: TimeSpan.FromSeconds(random.Next(4) switch { 0 => 0, 1 => 1, 2 => 15, _ => 60 }), (PenaltyScope)random.Next(3),
        OverflowOnQuota: random.Next(3) != 0, OverflowOnSlots: random.Next(3) != 0, LeaseTtl: TimeSpan.FromSeconds(random.Next(2) == 0 ? 10 : 60), FailThreshold: random.Next(4), lanes)
    {
        Algorithm = (SelectionAlgorithm)random.Next(5),
        AffinityTtl = TimeSpan.FromSeconds(random.Next(4) switch { 0 => 0, 1 => 20, _ => 600 }),
    };

    private LedgerToken RandomToken(long id, int generation)
    {
        var quotas = new Dictionary<string, LedgerQuota>();
        foreach (var lane in reference.Config.Lanes)
        {
            if (random.Next(5) == 0)
                continue;
            var limit = random.Next(4) == 0 ? random.Next(2) : random.Next(30);
            var left = random.Next(3) == 0 ? limit : random.Next(limit + 1);
            DateTimeOffset? resumeAt = random.Next(6) == 0 ? DateTimeOffset.FromUnixTimeMilliseconds(reference.Now + random.Next(1, 100_000)) : null;
            quotas[lane.Mode] = lane.Tracked ? new LedgerQuota(left, limit, resumeAt) : new LedgerQuota(0, 0, resumeAt);
        }
        var state = random.Next(8) switch { 0 => TokenState.Disabled, 1 => TokenState.Expired, _ => TokenState.Active };
        return new LedgerToken(id, Pools[random.Next(random.Next(1, 4))], random.Next(4) == 0 ? random.Next(-1, 2) : 0, state, random.Next(4) == 0 ? random.Next(4) : -1, generation, 0, 0, quotas);
    }

    private BorrowWish RandomWish()
    {
        var pools = Pools.Where(_ => random.Next(3) != 0).Append("ghost").ToArray();
        if (random.Next(5) == 0)
            random.Shuffle(pools);
        var excluded = Enumerable.Range(0, random.Next(3) == 0 ? random.Next(5) : 0).Select(_ => random.NextInt64(1, nextId + 1)).ToList();
        var borrowId = random.Next(10) switch
        {
            < 4 => "",
            < 6 when borrowIds.Count > 0 => borrowIds[random.Next(Math.Max(0, borrowIds.Count - 10), borrowIds.Count)],
            _ => $"b{borrowIds.Count}:x",
        };
        borrowIds.Add(borrowId);
        return new BorrowWish(
            borrowId, pools, random.Next(12) switch { 0 => "", 1 => "unheard", 2 => "image_ws", < 7 => "auto", _ => reference.Config.Lanes[random.Next(reference.Config.Lanes.Count)].Mode },
            random.Next(10) == 0 ? random.Next(5) : 1, random.Next(2) == 0 ? "" : $"conversation {random.Next(4)}", excluded, random.Next(4) == 0 ? TimeSpan.FromSeconds(random.Next(5, 400)) : null);
    }

    private string RandomLease()
    {
        var source = random.Next(10) switch { < 7 => reference.Live.Keys.ToList(), < 9 => [.. reference.Expired.Keys], _ => ended };
        return source.Count == 0 ? "none" : source[random.Next(source.Count)];
    }

    private Settlement RandomSettlement(int generation)
    {
        TimeSpan? resumeAfter = random.Next(2) == 0 ? TimeSpan.FromSeconds(random.Next(1, 300)) : null;
        var dice = random.Next(100);
        return new Settlement(
            Refund: dice is >= 45 and < 85, Exhausted: dice >= 85, resumeAfter, dice is >= 72 and < 76 ? TokenState.Expired : dice == 76 ? TokenState.Disabled : null,
            dice is >= 60 and < 80 ? $"why {dice}" : "", Failed: dice is >= 60 and < 72, Succeeded: dice < 40, generation);
    }

    private ReferenceToken? RandomKnown() => reference.Tokens.Count == 0 ? null : reference.Tokens.Values.ElementAt(random.Next(reference.Tokens.Count));
}
