using GrokForge.TokenPool.Ledger;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>What the reference would lend.</summary>
/// <param name="Candidates">Every token that may be lent at all: what a degraded pick is held to.</param>
internal sealed record ReferencePick(ReferenceToken? Token, NoneReason None, TimeSpan? RetryAfter, IReadOnlyList<ReferenceToken> Candidates)
{
    /// <summary>By affinity: no other token stands equal to it.</summary>
    public bool IsPreferred { get; init; }
}

/// <summary>Selection and administration of the reference.</summary>
internal sealed partial class ReferenceLedger
{
    public ReferencePick Search(BorrowWish wish, int lane)
    {
        var units = Math.Max(1, wish.Units);
        var candidates = new List<ReferenceToken>();
        ReferenceToken? pick = null;
        var reason = NoneReason.NoSuchPool;
        long? retryAt = null;
        foreach (var pool in wish.Pools)
        {
            var members = Tokens.Values.Where(t => t.Pool == pool).ToList();
            var present = members.Where(t => t.State is TokenState.Active && !wish.Excluded.Contains(t.Id)).ToList();
            var able = present.Where(t => HasUnits(t, lane, units)).ToList();
            var here = able.Where(HasSlot).ToList();
            candidates.AddRange(here);
            if (Preferred(wish) is { } preferred && here.Contains(preferred) && NothingComesBefore(preferred, here, behind: pick is not null))
                return new ReferencePick(preferred, NoneReason.None, null, candidates) { IsPreferred = true };
            if (here.Count > 0)
            {
                var best = Order(here, lane).First();
                if (Config.PenaltyScope is not PenaltyScope.All || !IsPenalised(best))
                    return new ReferencePick(best, NoneReason.None, null, candidates);
                pick ??= best;
                continue;
            }
            var waiting = members.Where(t => t.State is TokenState.Active && t.Lanes[lane].ResumeAt > 0).Select(t => t.Lanes[lane].ResumeAt).ToList();
            if (waiting.Count > 0)
                retryAt = Math.Min(retryAt ?? long.MaxValue, waiting.Min());
            if (able.Count > 0)
                reason = NoneReason.Busy;
            else if (present.Count > 0 && reason is not NoneReason.Busy)
                reason = NoneReason.Exhausted;
            var offers = present.Any(t => !IsTracked(lane) || t.Lanes[lane].Limit > 0);
            if (able.Count > 0 ? !Config.OverflowOnSlots : offers && !Config.OverflowOnQuota)
                break;
        }
        if (pick is not null)
            return new ReferencePick(pick, NoneReason.None, null, candidates);
        TimeSpan? retryAfter = reason is NoneReason.Exhausted && retryAt is { } at ? TimeSpan.FromMilliseconds(at - Now) : null;
        return new ReferencePick(null, reason, retryAfter, candidates);
    }

    /// <summary>Whether the pool would lend from no higher tier than that of the preferred token.</summary>
    private bool NothingComesBefore(ReferenceToken preferred, List<ReferenceToken> here, bool behind)
    {
        var above = here.Where(t => t.Tier > preferred.Tier).ToList();
        if (Config.PenaltyScope is PenaltyScope.Tier || above.Exists(t => !IsPenalised(t)))
            return above.Count == 0;
        return (above.Count == 0 && !behind) || here.Exists(t => t.Tier <= preferred.Tier && !IsPenalised(t));
    }

    private ReferenceToken? Preferred(BorrowWish wish) =>
        Config.AffinityTtl > TimeSpan.Zero && Affinities.TryGetValue(wish.Affinity, out var known) && Now < known.Until
            && Tokens.TryGetValue(known.Token.Id, out var token) && ReferenceEquals(token, known.Token) ? token : null;

    public void Put(LedgerToken put)
    {
        if (!Tokens.TryGetValue(put.Id, out var token))
        {
            token = new ReferenceToken { Id = put.Id, Pool = put.Pool, Lanes = [.. Enumerable.Range(0, LaneCount).Select(_ => new ReferenceLane())] };
            Tokens[put.Id] = token;
            (token.State, token.Generation, token.Fails, token.Rev) = (put.State, put.Generation, put.FailCount, put.Rev);
            Administer(token, put);
            return;
        }
        if (put.Generation < token.Generation)
            return;
        if (put.SetsState && put.Generation > token.Generation)
            (token.State, token.Reason, token.Fails) = (put.State, "", put.FailCount);
        else if (put.SetsState && put.State is not TokenState.Active && put.State != token.State)
            (token.State, token.Reason) = (put.State, "");
        token.Generation = put.Generation;
        token.Rev = Math.Max(token.Rev, put.Rev + 1);
        Changed.Add(token.Id);
        Administer(token, put);
    }

    public void Remove(long id)
    {
        Tokens.Remove(id);
        Changed.Remove(id);
        Claimed.Remove(id);
    }

    private IOrderedEnumerable<ReferenceToken> Order(IEnumerable<ReferenceToken> tokens, int lane) => Config.PenaltyScope is PenaltyScope.Tier
        ? tokens.OrderByDescending(t => t.Tier).ThenBy(IsPenalised).ThenBy(t => Score(t, lane))
        : tokens.OrderBy(IsPenalised).ThenByDescending(t => t.Tier).ThenBy(t => Score(t, lane));

    private void Administer(ReferenceToken token, LedgerToken put)
    {
        (token.Pool, token.Tier, token.Cap) = (put.Pool, put.Tier, put.MaxInflight);
        foreach (var (mode, quota) in put.Quotas ?? new Dictionary<string, LedgerQuota>())
        {
            var lane = LaneOf(mode);
            if (lane < 0)
                continue;
            var record = token.Lanes[lane];
            record.Limit = IsTracked(lane) ? quota.Limit : 0;
            record.Left = Math.Min(quota.Remaining, record.Limit);
            record.Epoch++;
            record.ResumeAt = 0;
            if (quota.ResumeAt is { } at && (record.Limit > 0 || !IsTracked(lane)))
                record.ResumeAt = at.ToUnixTimeMilliseconds();
            else if (record is { Left: 0, Limit: > 0 })
                record.ResumeAt = Now + WindowMs(lane);
        }
    }
}
