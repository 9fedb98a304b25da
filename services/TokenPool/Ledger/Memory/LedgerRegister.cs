namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Adds, changes, forgets and shows tokens. The caller holds the ledger's lock.</summary>
internal sealed class LedgerRegister(LedgerState state, TokenPlaces places, LedgerRefreshes refreshes)
{
    public void Put(LedgerToken token, long now)
    {
        var slot = state.Tokens.Find(token.Id);
        if (slot < 0)
        {
            Add(token, now);
            return;
        }
        ref var record = ref state.Tokens.Tokens[slot];
        if (token.Generation < record.Generation)
            return;
        places.Detach(slot);
        if (token.SetsState && token.Generation > record.Generation)
        {
            record.Fails = token.FailCount;
            record.State = token.State;
            record.Reason = "";
        }
        else if (token.SetsState && token.State is not TokenState.Active && token.State != record.State)
        {
            record.State = token.State;
            record.Reason = "";
        }
        record.Generation = token.Generation;
        Administer(slot, token, now);
        // The database has that rev already: what is written of this token next must be later.
        record.Rev = Math.Max(record.Rev, token.Rev + 1);
        state.Dirty.Mark(slot);
    }

    public void Remove(long id)
    {
        var slot = state.Tokens.Find(id);
        if (slot < 0)
            return;
        places.Detach(slot);
        state.Penalties.Remove(slot);
        state.Dirty.Forget(slot);
        refreshes.Forget(id);
        state.Tokens.Remove(slot);
    }

    /// <summary>Puts the tokens of these slots at their places again.</summary>
    public void Reindex(int from, int count, long now)
    {
        for (var slot = from; slot < Math.Min(from + count, state.Tokens.Used); slot++)
        {
            if (!state.Tokens.IsUsed(slot))
                continue;
            places.Detach(slot);
            places.Attach(slot, now);
        }
    }

    /// <summary>Builds all orders from nothing.</summary>
    public void Rebuild(long now)
    {
        for (var slot = 0; slot < state.Tokens.Used; slot++)
        {
            if (state.Tokens.IsUsed(slot))
                places.Attach(slot, now);
        }
    }

    public LedgerTokenView View(int slot, long now)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        var quotas = new Dictionary<string, LedgerQuota>(StringComparer.Ordinal);
        for (var lane = 1; lane < state.Lanes.Count; lane++)
        {
            ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
            if (record.Limit > 0 || record.ResumeAt > 0 || record.ObservedAt > 0)
                quotas[state.Lanes[lane].Mode] = new LedgerQuota(record.Left, record.Limit, Instant(record.ResumeAt)) { ObservedAt = Instant(record.ObservedAt) };
        }
        return new LedgerTokenView(
            token.Id, token.Pool.Name, token.Tier, token.State, token.Reason, token.Generation, token.Inflight, token.Fails, Instant(token.UsedAt), token.Rev, quotas)
        {
            RefreshRest = TimeSpan.FromMilliseconds(Math.Max(0, token.RestUntil - now)),
            RefreshFailures = token.RefreshFails,
        };
    }

    private void Add(LedgerToken token, long now)
    {
        var slot = state.AddToken(token.Id);
        ref var record = ref state.Tokens.Tokens[slot];
        record.State = token.State;
        record.Generation = token.Generation;
        record.Fails = token.FailCount;
        record.Rev = token.Rev;
        state.DrawPicks(slot, fromLane: 0);
        Administer(slot, token, now);
    }

    private void Administer(int slot, LedgerToken token, long now)
    {
        ref var record = ref state.Tokens.Tokens[slot];
        record.Pool = state.Pool(token.Pool);
        record.Tier = token.Tier;
        record.MaxInflight = token.MaxInflight;
        if (token.Quotas is not null)
        {
            foreach (var (mode, quota) in token.Quotas)
                SetQuota(slot, state.Lanes.Find(mode), quota, now);
        }
        places.Attach(slot, now);
    }

    private void SetQuota(int slot, int lane, LedgerQuota quota, long now)
    {
        if (lane < 0)
            return;
        ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
        var tracked = state.Lanes.IsTracked(lane);
        record.Limit = tracked ? Math.Clamp(quota.Limit, 0, LedgerLimits.Units) : 0;
        record.Left = Math.Clamp(quota.Remaining, 0, record.Limit);
        record.Epoch++;
        record.ObservedAt = quota.ObservedAt?.ToUnixTimeMilliseconds() ?? 0;
        var waits = quota.ResumeAt is not null && (record.Limit > 0 || !tracked);
        var refills = record is { Left: 0, Limit: > 0 } && state.Lanes.WindowMs(lane) > 0;
        record.ResumeAt = waits ? quota.ResumeAt!.Value.ToUnixTimeMilliseconds() : refills ? now + state.Lanes.WindowMs(lane) : 0;
    }

    private static DateTimeOffset? Instant(long ms) => ms > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
