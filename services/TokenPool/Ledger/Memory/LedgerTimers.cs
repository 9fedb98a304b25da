namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Works off what is due: expired leases, ended penalties, refills and ended cool-downs.</summary>
internal sealed class LedgerTimers(LedgerState state, TokenPlaces places, LedgerRefreshes refreshes)
{
    /// <summary>Answers how many events it handled, at most <paramref name="limit"/>.</summary>
    public int Run(Moment now, int limit)
    {
        var handled = 0;
        while (handled < limit && (ExpireLease(now) || EndPenalty(now.Wall) || Resume(now.Wall)))
            handled++;
        return handled;
    }

    private bool ExpireLease(Moment now)
    {
        var lease = state.Leases.NextDue(now.Steady);
        if (lease < 0)
            return false;
        state.Leases.Expire(lease);
        ref var record = ref state.Leases[lease];
        ref var token = ref state.Tokens.Tokens[record.Token];
        if (token.Incarnation != record.Incarnation)
            return true;
        token.Inflight--;
        ref var left = ref state.Tokens.Lanes[state.Tokens.Cell(record.Token, record.Lane)].Left;
        left = state.Rules.LeftAfterExpiry(left, record.Units);
        places.SlotBack(record.Token, now.Wall);
        return true;
    }

    private bool EndPenalty(long now)
    {
        var slot = state.Penalties.Oldest;
        if (slot < 0 || state.Tokens.Tokens[slot].UsedAt + state.PenaltyMs > now)
            return false;
        state.Penalties.Remove(slot);
        places.Settle(slot, state.Tokens.Tokens[slot].Penalised, now);
        return true;
    }

    private bool Resume(long now)
    {
        if (state.Resumes.Count == 0 || state.Resumes.HeadKey > now)
            return false;
        var cell = state.Resumes.Head;
        var slot = state.Tokens.SlotOf(cell);
        var lane = cell - state.Tokens.Cell(slot, 0);
        ref var record = ref state.Tokens.Lanes[cell];
        if (state.Lanes.IsTracked(lane))
        {
            record.Left = record.Limit;
            record.Epoch++;
            // Full is a guess, until the upstream has said so.
            refreshes.Want(slot, lane, now);
        }
        places.Wait(slot, lane, 0);
        places.Settle(slot, lane, now);
        state.Changed(slot);
        return true;
    }
}
