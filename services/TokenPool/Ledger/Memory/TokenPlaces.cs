namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Where a token stands in a lane.</summary>
internal enum Place { Out, Fresh, Penalised, Parked }

/// <summary>
/// Keeps tokens at their places in the orders. An order may show a token better than it is, never worse: what improves a token is put in force at once in
/// every lane, what makes it worse in another lane is found when it comes up as head.
/// </summary>
internal sealed class TokenPlaces(LedgerState state)
{
    /// <summary>Where the token truly belongs in this lane.</summary>
    public Place Wanted(int slot, int lane, long now)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
        if (!state.Rules.MayBeLent(token.State))
            return Place.Out;
        if (state.Lanes.IsTracked(lane) ? record.Left <= 0 : record.ResumeAt > now)
            return Place.Out;
        if (!state.Rules.HasSlot(token.Inflight, state.CapOf(token)))
            return Place.Parked;
        return state.IsPenalised(token, now) ? Place.Penalised : Place.Fresh;
    }

    /// <summary>Moves the token to its true place in this lane, with its present score.</summary>
    public void Settle(int slot, int lane, long now)
    {
        var wanted = Wanted(slot, lane, now);
        var present = Present(slot, lane);
        if (wanted != present)
            Leave(slot, lane, present);
        if (wanted is Place.Out)
            return;

        ref var token = ref state.Tokens.Tokens[slot];
        var cell = state.Tokens.Cell(slot, lane);
        ref var record = ref state.Tokens.Lanes[cell];
        var order = token.Pool.Lane(lane);
        var tracked = state.Lanes.IsTracked(lane);
        if (wanted is Place.Parked)
        {
            token.Parked |= 1u << lane;
            order.Parked.Put(cell, tracked ? -record.Left : 0);
            return;
        }
        var sets = order.Tier(token.Tier);
        order.List(sets);
        var score = state.Config.Algorithm is SelectionAlgorithm.Weighted ? Draw(sets, wanted, tracked, record) : Score(slot, lane);
        if (wanted is Place.Penalised)
        {
            token.Penalised |= 1u << lane;
            sets.Penalised.Put(cell, score);
        }
        else
        {
            sets.Fresh.Put(cell, score);
        }
    }

    /// <summary>Settles the token in every lane of the mask.</summary>
    public void Settle(int slot, uint lanes, long now)
    {
        for (; lanes != 0; lanes &= lanes - 1)
            Settle(slot, System.Numerics.BitOperations.TrailingZeroCount(lanes), now);
    }

    /// <summary>
    /// Puts a slot that was given back in force: where the token waited for it and, where leases are counted in the order, in every lane.
    /// </summary>
    public void SlotBack(int slot, long now) =>
        Settle(slot, state.Config.Algorithm is SelectionAlgorithm.LeastInflight ? state.Lanes.All : state.Tokens.Tokens[slot].Parked, now);

    /// <summary>Whether the order shows this token better than it is.</summary>
    public bool IsStale(int slot, int lane, double shown) =>
        state.Config.Algorithm is SelectionAlgorithm.LeastInflight && state.Rules.IsStale(shown, Score(slot, lane));

    /// <summary>The order has come to this token, which is lent now: what enters from now on is drawn from there.</summary>
    public void Reached(int slot, int lane)
    {
        if (state.Config.Algorithm is not SelectionAlgorithm.Weighted)
            return;
        var place = Present(slot, lane);
        if (place is not (Place.Fresh or Place.Penalised))
            return;
        ref var token = ref state.Tokens.Tokens[slot];
        var sets = token.Pool.Lane(lane).Tier(token.Tier);
        var score = (place is Place.Fresh ? sets.Fresh : sets.Penalised).KeyOf(state.Tokens.Cell(slot, lane));
        ref var reached = ref sets.Reached(place);
        if (score > reached && score - reached < LedgerLimits.LongestDraw)
            reached = score;
    }

    /// <summary>Takes the token out of everything, so that its pool, tier, state or limits can change.</summary>
    public void Detach(int slot)
    {
        Count(slot, -1);
        for (var lane = 0; lane < state.Lanes.Count; lane++)
        {
            Leave(slot, lane, Present(slot, lane));
            var cell = state.Tokens.Cell(slot, lane);
            if (state.Waits[cell] >= 0)
                state.Tokens.Tokens[slot].Pool.Lane(lane).Waiting.Remove(cell);
            if (state.ResumePositions[cell] >= 0)
                state.Resumes.Remove(cell);
        }
    }

    public void Attach(int slot, long now)
    {
        Count(slot, +1);
        for (var lane = 0; lane < state.Lanes.Count; lane++)
        {
            Settle(slot, lane, now);
            Wait(slot, lane, state.Tokens.Lanes[state.Tokens.Cell(slot, lane)].ResumeAt);
        }
    }

    /// <summary>Sets when the lane refills or has cooled down; 0: it does not wait.</summary>
    public void Wait(int slot, int lane, long resumeAt)
    {
        var cell = state.Tokens.Cell(slot, lane);
        ref var token = ref state.Tokens.Tokens[slot];
        state.Tokens.Lanes[cell].ResumeAt = resumeAt;
        Keep(state.Resumes, cell, state.ResumePositions[cell] >= 0, resumeAt);
        Keep(token.Pool.Lane(lane).Waiting, cell, state.Waits[cell] >= 0, token.State is TokenState.Active ? resumeAt : 0);
    }

    private static void Keep(IndexedHeap heap, int cell, bool present, long at)
    {
        if (at > 0)
            heap.Put(cell, at);
        else if (present)
            heap.Remove(cell);
    }

    private double Score(int slot, int lane)
    {
        ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
        return state.Rules.Score(state.Config.Algorithm, state.Lanes.IsTracked(lane), record.Left, state.Tokens.Tokens[slot].Inflight, record.Pick);
    }

    // An exponential clock: whose alarm rings first is the one lent, with chances by weight, and those that have not rung need not be drawn again.
    private double Draw(TierSets sets, Place place, bool tracked, in LaneRecord record) =>
        sets.Reached(place) - Math.Log(1 - state.Chance.NextDouble()) / state.Rules.Weight(tracked, record.Left, record.Limit);

    private Place Present(int slot, int lane)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        if ((token.Parked >> lane & 1) != 0)
            return Place.Parked;
        if ((token.Penalised >> lane & 1) != 0)
            return Place.Penalised;
        return state.Places[state.Tokens.Cell(slot, lane)] >= 0 ? Place.Fresh : Place.Out;
    }

    private void Leave(int slot, int lane, Place present)
    {
        if (present is Place.Out)
            return;
        ref var token = ref state.Tokens.Tokens[slot];
        var order = token.Pool.Lane(lane);
        var cell = state.Tokens.Cell(slot, lane);
        switch (present)
        {
            case Place.Parked:
                token.Parked &= ~(1u << lane);
                order.Parked.Remove(cell);
                break;
            case Place.Penalised:
                token.Penalised &= ~(1u << lane);
                order.Tier(token.Tier).Penalised.Remove(cell);
                break;
            default:
                order.Tier(token.Tier).Fresh.Remove(cell);
                break;
        }
    }

    private void Count(int slot, int change)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        if (token.State is not TokenState.Active)
            return;
        token.Pool.Active += change;
        for (var lane = 0; lane < state.Lanes.Count; lane++)
        {
            if (!state.Lanes.IsTracked(lane) || state.Tokens.Lanes[state.Tokens.Cell(slot, lane)].Limit > 0)
                token.Pool.Lane(lane).Offering += change;
        }
    }
}
