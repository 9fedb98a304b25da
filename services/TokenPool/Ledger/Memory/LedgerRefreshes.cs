namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Keeps which windows are to be read upstream, who reads, and what was read. The caller holds the ledger's lock.</summary>
internal sealed class LedgerRefreshes(LedgerState state, TokenPlaces places)
{
    // Ids, not slots: an entry whose token has gone is dropped when its time comes.
    private readonly PriorityQueue<long, long> due = new();
    private readonly Dictionary<long, long> claimed = [];

    /// <summary>Asks for the window to be read, as soon as the token may be asked about.</summary>
    public void Want(int slot, int lane, long now)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        if (!state.Lanes.IsRefreshed(lane) || token.State is not TokenState.Active || state.Tokens.Lanes[state.Tokens.Cell(slot, lane)].Limit <= 0)
            return;
        token.Wanted |= 1u << lane;
        Queue(ref token, now);
    }

    /// <summary>Asks for all windows of the token.</summary>
    public void WantAll(int slot, long now)
    {
        for (var lane = 1; lane < state.Lanes.Count; lane++)
            Want(slot, lane, now);
    }

    /// <summary>Asks for stale windows among those of the pool that have run out; answers how many are wanted or being read.</summary>
    public int WantStale(PoolIndex pool, int lane, long before, long now)
    {
        var waiting = pool.Lane(lane).Waiting;
        var (all, count) = (waiting.Count <= LedgerLimits.StaleLooks, 0);
        for (var i = 0; i < Math.Min(waiting.Count, LedgerLimits.StaleLooks); i++)
        {
            var cell = waiting.At(all ? i : state.Chance.Next(waiting.Count));
            var slot = state.Tokens.SlotOf(cell);
            ref var token = ref state.Tokens.Tokens[slot];
            if (state.Tokens.Lanes[cell] is { Left: > 0 } || state.Tokens.Lanes[cell].ObservedAt > before || token.RestUntil > now && token.ClaimedUntil <= now)
                continue;
            Want(slot, lane, now);
            count++;
        }
        return count;
    }

    /// <param name="most">Claims that may be out at once, those of others included.</param>
    public List<RefreshClaim> Claim(int most, long lifetime, long now)
    {
        TakeBack(now);
        List<RefreshClaim> claims = [];
        while (claimed.Count < most && due.TryPeek(out var id, out var at) && at <= now)
        {
            due.Dequeue();
            var slot = state.Tokens.Find(id);
            if (slot < 0)
                continue;
            ref var token = ref state.Tokens.Tokens[slot];
            token.InRefreshQueue = false;
            if (token.ClaimedUntil > now)
                continue;
            if (token.State is not TokenState.Active || Windows(slot) is not { Count: > 0 } windows)
            {
                token.Wanted = 0;
                continue;
            }
            token.ClaimedUntil = claimed[id] = now + lifetime;
            claims.Add(new RefreshClaim(id, token.Pool.Name, token.Generation, token.Inflight, token.ClaimedUntil, token.RefreshFails, windows));
        }
        return claims;
    }

    public RefreshEnd End(RefreshClaim claim, RefreshReport report, long now)
    {
        var slot = state.Tokens.Find(claim.TokenId);
        if (slot < 0 || state.Tokens.Tokens[slot].ClaimedUntil != claim.Until)
            return default;
        claimed.Remove(claim.TokenId);
        places.Detach(slot);
        var applied = 0;
        foreach (var window in claim.Windows)
            applied += Apply(slot, window, claim, report, now) ? 1 : 0;

        ref var token = ref state.Tokens.Tokens[slot];
        var newState = token.State is TokenState.Active && state.Rules.MayChangeState(claim.Generation, token.Generation) ? report.NewState : null;
        if (newState is { } next)
            (token.State, token.Reason) = (next, report.Reason);
        token.ClaimedUntil = 0;
        token.RestUntil = now + (long)report.Rest.TotalMilliseconds;
        token.RefreshFails = report.Failed ? token.RefreshFails + 1 : 0;
        if (token.State is not TokenState.Active)
            token.Wanted = 0;
        if (token.Wanted != 0)
            Queue(ref token, now);
        places.Attach(slot, now);
        if (applied > 0 || newState is not null)
            state.Changed(slot);
        return new RefreshEnd(true, applied, newState);
    }

    public void Forget(long id) => claimed.Remove(id);

    private bool Apply(int slot, ClaimedWindow window, RefreshClaim claim, RefreshReport report, long now)
    {
        var lane = state.Lanes.Find(window.Mode);
        ref var token = ref state.Tokens.Tokens[slot];
        ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
        if (record.Epoch != window.Epoch)
            return false;
        if (!report.Observed.TryGetValue(window.Mode, out var observed))
        {
            token.Wanted &= report.Failed ? ~0u : ~(1u << lane);
            return false;
        }
        // What was at work when the reading began, or was lent since, may not be in the upstream's count.
        var uncounted = claim.Inflight + Math.Max(0, window.Left - record.Left);
        record.Limit = Math.Clamp(observed.Limit, 0, LedgerLimits.Units);
        var remaining = Math.Clamp(observed.Remaining, 0, record.Limit);
        record.Left = Math.Max(0, remaining - uncounted);
        record.Epoch++;
        record.ObservedAt = now;
        var wait = observed.Wait > TimeSpan.Zero ? (long)Math.Ceiling(observed.Wait.TotalMilliseconds) : state.Lanes.WindowMs(lane);
        record.ResumeAt = record is { Left: 0, Limit: > 0 } && wait > 0 ? now + wait : 0;
        // Where all that is left may be spoken for already, it is looked at once more.
        if (remaining == 0 || record.Left > 0)
            token.Wanted &= ~(1u << lane);
        return true;
    }

    private List<ClaimedWindow> Windows(int slot)
    {
        List<ClaimedWindow> windows = [];
        for (var lanes = state.Tokens.Tokens[slot].Wanted; lanes != 0; lanes &= lanes - 1)
        {
            var lane = System.Numerics.BitOperations.TrailingZeroCount(lanes);
            ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
            if (record.Limit > 0)
                windows.Add(new ClaimedWindow(state.Lanes[lane].Mode, record.Epoch, record.Left));
        }
        return windows;
    }

    private void Queue(ref TokenRecord token, long now)
    {
        if (token.InRefreshQueue || token.ClaimedUntil > now)
            return;
        token.InRefreshQueue = true;
        due.Enqueue(token.Id, Math.Max(now, token.RestUntil));
    }

    /// <summary>Gives claims that lapsed to whoever asks next.</summary>
    private void TakeBack(long now)
    {
        if (claimed.Count == 0)
            return;
        foreach (var (id, until) in claimed)
        {
            if (until > now)
                continue;
            claimed.Remove(id);
            var slot = state.Tokens.Find(id);
            if (slot < 0)
                continue;
            ref var token = ref state.Tokens.Tokens[slot];
            token.ClaimedUntil = 0;
            if (token.Wanted != 0)
                Queue(ref token, now);
        }
    }
}
