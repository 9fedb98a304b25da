namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Lends and settles: the two steps of every request. The caller holds the ledger's lock.</summary>
internal sealed class LedgerAccounts(LedgerState state, TokenPlaces places, LedgerTimers timers, LedgerRefreshes refreshes)
{
    private readonly TokenSearch search = new(state, places);

    /// <summary>Lends a token; the lease is -1 where there is none, and <paramref name="found"/> says why.</summary>
    /// <param name="signal">Hash of the wish's affinity, where it has one.</param>
    public int Lend(BorrowWish wish, UInt128 signal, Moment now, out Found found, out bool repeated)
    {
        timers.Run(now, LedgerLimits.TimersPerCall);
        found = default;
        var lease = state.Leases.FindRepeat(wish.BorrowId, now.Steady);
        repeated = lease >= 0 && IsPresent(state.Leases[lease]);
        if (repeated)
        {
            state.Leases[lease].Repeated = true;
            return lease;
        }
        var lane = state.Lanes.Find(wish.Scope);
        if (lane < 0)
        {
            found = new Found(-1, NoneReason.Exhausted, 0, Degraded: false);
            return -1;
        }
        var units = Math.Max(1, wish.Units);
        var follows = wish.Affinity.Length > 0 && state.AffinityMs > 0;
        found = search.Run(wish, lane, units, follows ? Preferred(signal, now.Steady) : -1, now.Wall);
        if (found.Slot < 0)
            return -1;
        if (found is { Degraded: false, Preferred: false })
            places.Reached(found.Slot, lane);
        if (follows)
            state.Affinities.Keep(signal, found.Slot, state.Tokens.Tokens[found.Slot].Incarnation, now.Steady + state.AffinityMs);
        return Take(found.Slot, lane, units, wish, now);
    }

    /// <summary>The first settlement of a lease counts; what it does to units belongs to the window it was lent from, what it does to the state to the generation.</summary>
    public SettleResult Settle(long leaseId, Settlement settlement, Moment now)
    {
        // A refill that is due must come before a refund or a 429.
        if (settlement is not { Refund: false, Exhausted: false, Failed: false, NewState: null })
            timers.Run(now, LedgerLimits.TimersPerCall);
        var lease = state.Leases.Find(leaseId);
        if (lease < 0)
            return new SettleResult(SettleKind.AlreadySettled, 0, null);
        var record = state.Leases[lease];
        var live = record.Phase is LeasePhase.Live;
        var slot = record.Token;
        state.Leases.End(lease);
        var inTime = live || now.Steady - record.DueAt <= (long)LedgerLimits.LateWindow.TotalMilliseconds;
        if (!inTime || !IsPresent(record))
            return new SettleResult(SettleKind.AlreadySettled, 0, null);

        var units = ApplyUnits(record, settlement, now.Wall);
        ref var token = ref state.Tokens.Tokens[slot];
        if (state.Rules.HoldsSlot(live))
            token.Inflight--;
        var newState = NewState(ref token, settlement, out var fails);
        if (newState is { } next)
            ChangeState(slot, next, settlement.Reason, now.Wall);
        else
            PutInForce(slot, record.Lane, units, now.Wall);
        return new SettleResult(live ? SettleKind.Applied : SettleKind.Late, token.Id, newState)
        {
            Rev = units || fails || newState is not null ? state.Changed(slot) : 0,
            Scope = state.Lanes[record.Lane].Mode,
            Units = record.Units,
        };
    }

    /// <summary>Settles as unused what nobody but one borrow knows.</summary>
    public void Withdraw(long leaseId, Moment now)
    {
        if (state.Leases.Find(leaseId) is var lease && lease >= 0 && !state.Leases[lease].Repeated)
            Settle(leaseId, Settlement.Unused, now);
    }

    /// <summary>The token that a conversation was lent last; 0: none is known.</summary>
    public long PreferredId(string affinity, long now) =>
        affinity.Length > 0 && state.AffinityMs > 0 && Preferred(AffinityRing.HashOf(affinity), now) is var slot and >= 0 ? state.Tokens.Tokens[slot].Id : 0;

    private int Preferred(UInt128 signal, long now)
    {
        var (slot, incarnation) = state.Affinities.Find(signal, now);
        return slot >= 0 && state.Tokens.Tokens[slot].Incarnation == incarnation ? slot : -1;
    }

    private int Take(int slot, int lane, int units, BorrowWish wish, Moment now)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
        token.Inflight++;
        token.UsedAt = now.Wall;
        record.Pick = state.NextPick();
        if (state.PenaltyMs > 0)
            state.Penalties.Touch(slot);
        if (state.Lanes.IsTracked(lane))
        {
            record.Left -= units;

            // The window ends when it ends: a timer that runs already is not started again.
            if (record.Left == 0 && record.ResumeAt == 0 && state.Lanes.WindowMs(lane) > 0)
                places.Wait(slot, lane, now.Wall + state.Lanes.WindowMs(lane));
            if (record.Left == 0)
                refreshes.Want(slot, lane, now.Wall);
        }
        places.Settle(slot, lane, now.Wall);
        state.Changed(slot);
        var ttl = (long)(wish.Ttl ?? state.Config.LeaseTtl).TotalMilliseconds;
        return state.Leases.Add(new LeaseRecord
        {
            Token = slot,
            Incarnation = token.Incarnation,
            Lane = lane,
            Epoch = record.Epoch,
            Units = units,
            Generation = token.Generation,
            GrantedAt = now.Steady,
            Ttl = ttl,
            DueAt = now.Steady + ttl,
            BorrowId = wish.BorrowId,
            Pool = token.Pool.Name,
        });
    }

    private bool IsPresent(in LeaseRecord lease) => state.Tokens.Tokens[lease.Token].Incarnation == lease.Incarnation;

    private bool ApplyUnits(in LeaseRecord lease, Settlement settlement, long now)
    {
        ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(lease.Token, lease.Lane)];
        if (!state.Rules.IsSameWindow(lease.Epoch, record.Epoch))
            return false;
        var tracked = state.Lanes.IsTracked(lease.Lane);
        if (settlement.Exhausted)
        {
            record.Left = 0;
            record.Epoch++;
            if (settlement.ResumeAfter is { Ticks: > 0 } said)
                places.Wait(lease.Token, lease.Lane, now + (long)Math.Ceiling(said.TotalMilliseconds));
            else if (record.ResumeAt == 0 && state.Lanes.WindowMs(lease.Lane) > 0)
                places.Wait(lease.Token, lease.Lane, now + state.Lanes.WindowMs(lease.Lane));
            // Where the upstream has said when, it is asked then.
            if (settlement.ResumeAfter is not { Ticks: > 0 })
                refreshes.Want(lease.Token, lease.Lane, now);
            return true;
        }
        if (!settlement.Refund || !tracked)
            return false;
        record.Left = Math.Min(record.Limit, record.Left + lease.Units);
        return true;
    }

    private TokenState? NewState(ref TokenRecord token, Settlement settlement, out bool failsChanged)
    {
        failsChanged = false;
        if (!state.Rules.MayChangeState(settlement.Generation, token.Generation))
            return null;
        var fails = settlement.Failed ? token.Fails + 1 : settlement.Succeeded ? 0 : token.Fails;
        failsChanged = fails != token.Fails;
        token.Fails = fails;
        if (token.State is not TokenState.Active)
            return null;
        if (settlement.NewState is { } wanted && wanted is not TokenState.Active)
            return wanted;
        return settlement.Failed && state.Config.FailThreshold > 0 && fails >= state.Config.FailThreshold ? TokenState.Disabled : null;
    }

    private void PutInForce(int slot, int lane, bool units, long now)
    {
        if (units)
            places.Settle(slot, lane, now);
        places.SlotBack(slot, now);
    }

    private void ChangeState(int slot, TokenState next, string reason, long now)
    {
        places.Detach(slot);
        state.Tokens.Tokens[slot].State = next;
        state.Tokens.Tokens[slot].Reason = reason;
        places.Attach(slot, now);
    }
}
