namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>What a search found: a token, or why there is none.</summary>
/// <param name="Slot">-1: none.</param>
/// <param name="RetryAt">Unix milliseconds; 0: unknown.</param>
internal readonly record struct Found(int Slot, NoneReason Reason, long RetryAt, bool Degraded)
{
    /// <summary>It is the token that the conversation was lent last.</summary>
    public bool Preferred { get; init; }
}

/// <summary>Searches the orders of the pools for the first token that may be lent; puts right what it finds out of place.</summary>
internal sealed class TokenSearch(LedgerState state, TokenPlaces places)
{
    private readonly List<(int Cell, double Key)> aside = [];
    private IReadOnlyList<long> excluded = [];
    private int lane;
    private int units;
    private long now;
    private int fixes;
    private int eligible;

    /// <summary>What was found is not the first in order, as that had too few units.</summary>
    private bool byLot;

    /// <summary>An order was given up: it may hold a token with enough units all the same.</summary>
    private bool unsure;

    public Found Run(BorrowWish wish, int laneWanted, int unitsWanted, int preferred, long instant)
    {
        (excluded, lane, units, now, fixes, eligible) = (wish.Excluded, laneWanted, unitsWanted, instant, 0, -1);
        (byLot, unsure) = (false, false);
        var scope = state.Config.PenaltyScope;
        var penalised = -1;
        var reason = NoneReason.NoSuchPool;
        var retryAt = long.MaxValue;
        for (var i = 0; i < wish.Pools.Count && fixes < LedgerLimits.Fixes; i++)
        {
            if (state.FindPool(wish.Pools[i]) is not { } pool)
                continue;
            if (preferred >= 0 && IsFirst(preferred, pool, behind: penalised >= 0))
                return new Found(preferred, NoneReason.None, 0, byLot || unsure) { Preferred = true };
            var slot = InPool(pool, fresh: true, penalised: scope is PenaltyScope.Tier);
            if (slot >= 0)
                return new Found(slot, NoneReason.None, 0, byLot || unsure);
            slot = scope is PenaltyScope.Tier ? -1 : InPool(pool, fresh: false, penalised: true);
            if (slot >= 0 && scope is PenaltyScope.Pool)
                return new Found(slot, NoneReason.None, 0, byLot || unsure);
            if (slot >= 0)
            {
                penalised = penalised < 0 ? slot : penalised;
                continue;
            }
            if (fixes >= LedgerLimits.Fixes)
                break;
            var verdict = Judge(pool, out var offers);
            reason = Worse(reason, verdict);
            retryAt = Math.Min(retryAt, pool.Lane(lane).Waiting is { Count: > 0 } waiting ? (long)waiting.HeadKey : long.MaxValue);
            if (verdict is NoneReason.Busy && !state.Config.OverflowOnSlots || verdict is NoneReason.Exhausted && offers && !state.Config.OverflowOnQuota)
                break;
        }
        var exhausted = fixes >= LedgerLimits.Fixes;
        if (penalised >= 0 || exhausted)
            return new Found(penalised >= 0 ? penalised : eligible, NoneReason.Busy, 0, exhausted || byLot || unsure);
        if (unsure)
            return new Found(-1, NoneReason.Busy, 0, Degraded: true);
        return new Found(-1, reason, reason is NoneReason.Exhausted && retryAt != long.MaxValue ? retryAt : 0, Degraded: false);
    }

    /// <summary>Whether the token may be lent from this pool, where nothing would be lent from a higher tier of it.</summary>
    /// <param name="behind">An earlier pool has a token that may be lent when nothing fresh is found.</param>
    private bool IsFirst(int slot, PoolIndex pool, bool behind)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        if (token.Pool != pool || IsExcluded(slot) || !IsEnough(state.Tokens.Cell(slot, lane)) || !state.Rules.MayBePreferred(places.Wanted(slot, lane, now)))
            return false;
        var order = pool.Lane(lane);
        var i = 0;
        for (; i < order.Tiers.Count && order.Tiers[i].Tier > token.Tier && state.Rules.TiersBeatAffinity; i++)
        {
            if (Head(order.Tiers[i].Fresh, Place.Fresh) >= 0 || fixes >= LedgerLimits.Fixes)
                return false;
            behind |= Head(order.Tiers[i].Penalised, Place.Penalised) >= 0;
            if (fixes >= LedgerLimits.Fixes || behind && state.Config.PenaltyScope is PenaltyScope.Tier)
                return false;
        }

        // Where the penalty crosses tiers or pools, those used recently stand behind whatever is fresh from here on.
        for (; behind && i < order.Tiers.Count && fixes < LedgerLimits.Fixes; i++)
            behind = Head(order.Tiers[i].Fresh, Place.Fresh) < 0;
        return !behind;
    }

    private int InPool(PoolIndex pool, bool fresh, bool penalised)
    {
        var order = pool.Lane(lane);
        for (var i = 0; i < order.Tiers.Count && fixes < LedgerLimits.Fixes;)
        {
            var sets = order.Tiers[i];
            var slot = fresh ? Head(sets.Fresh, Place.Fresh) : -1;
            if (slot < 0 && penalised && fixes < LedgerLimits.Fixes)
                slot = Head(sets.Penalised, Place.Penalised);
            if (slot >= 0)
                return slot;
            if (sets.IsEmpty)
                order.Prune(i);
            else
                i++;
        }
        return -1;
    }

    private int Head(IndexedHeap heap, Place here)
    {
        var (found, passed) = (-1, 0);
        while (found < 0 && heap.Count > 0 && fixes < LedgerLimits.Fixes)
        {
            var lot = state.Config.Algorithm is SelectionAlgorithm.Random || passed >= LedgerLimits.Passes / 2;
            var cell = lot ? heap.At(state.Chance.Next(heap.Count)) : heap.Head;
            var slot = state.Tokens.SlotOf(cell);
            if (IsExcluded(slot))
            {
                SetAside(heap, cell);
                continue;
            }
            var wanted = places.Wanted(slot, lane, now);
            var enough = IsEnough(cell);

            // A penalty that is over while its timer is late does not make the token worse.
            if (wanted == here ? places.IsStale(slot, lane, heap.KeyOf(cell)) : wanted is not Place.Fresh)
            {
                places.Settle(slot, lane, now);
                if (wanted is Place.Fresh or Place.Penalised && enough)
                    eligible = slot;
                fixes++;
            }
            else if (enough)
            {
                found = slot;
                byLot |= lot && state.Config.Algorithm is not SelectionAlgorithm.Random;
            }
            else if (state.Config.Algorithm is SelectionAlgorithm.HighQuotaFirst || ++passed == LedgerLimits.Passes)
            {
                // Where the order is by units, nobody behind a head with too few has more.
                unsure |= state.Config.Algorithm is not SelectionAlgorithm.HighQuotaFirst;
                break;
            }
            else
            {
                SetAside(heap, cell);
            }
        }
        PutBack(heap);
        return found;
    }

    private NoneReason Judge(PoolIndex pool, out bool offers)
    {
        var active = pool.Active;
        var offering = pool.Lane(lane).Offering;
        for (var i = 0; i < excluded.Count; i++)
        {
            var slot = state.Tokens.Find(excluded[i]);
            if (slot < 0 || state.Tokens.Tokens[slot].State is not TokenState.Active || state.Tokens.Tokens[slot].Pool != pool || IsRepeated(i))
                continue;
            active--;
            if (!state.Lanes.IsTracked(lane) || state.Tokens.Lanes[state.Tokens.Cell(slot, lane)].Limit > 0)
                offering--;
        }
        offers = offering > 0;
        if (active <= 0)
            return NoneReason.NoSuchPool;
        return HasParked(pool.Lane(lane).Parked) ? NoneReason.Busy : NoneReason.Exhausted;
    }

    private bool HasParked(IndexedHeap parked)
    {
        while (parked.Count > 0 && IsExcluded(state.Tokens.SlotOf(parked.Head)))
            SetAside(parked, parked.Head);
        var enough = parked.Count > 0 && (!state.Lanes.IsTracked(lane) || -parked.HeadKey >= units);
        PutBack(parked);
        return enough;
    }

    private bool IsEnough(int cell) => !state.Lanes.IsTracked(lane) || state.Tokens.Lanes[cell].Left >= units;

    private bool IsExcluded(int slot)
    {
        var id = state.Tokens.Tokens[slot].Id;
        for (var i = 0; i < excluded.Count; i++)
        {
            if (excluded[i] == id)
                return true;
        }
        return false;
    }

    private bool IsRepeated(int at)
    {
        for (var i = 0; i < at; i++)
        {
            if (excluded[i] == excluded[at])
                return true;
        }
        return false;
    }

    private void SetAside(IndexedHeap heap, int cell)
    {
        aside.Add((cell, heap.KeyOf(cell)));
        heap.Remove(cell);
    }

    private void PutBack(IndexedHeap heap)
    {
        foreach (var (cell, key) in aside)
            heap.Put(cell, key);
        aside.Clear();
    }

    private static NoneReason Worse(NoneReason sofar, NoneReason next) =>
        (sofar, next) switch
        {
            (NoneReason.Busy, _) or (_, NoneReason.Busy) => NoneReason.Busy,
            (NoneReason.Exhausted, _) or (_, NoneReason.Exhausted) => NoneReason.Exhausted,
            _ => NoneReason.NoSuchPool,
        };
}
