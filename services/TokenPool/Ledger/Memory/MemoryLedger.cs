namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>The ledger of a single process: arrays and heaps behind one lock. Nothing is awaited or logged while it is held.</summary>
internal sealed class MemoryLedger : ILedger
{
    private const int TokensPerStep = 500;
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly TokenPlaces places;
    private readonly LedgerTimers timers;
    private readonly LedgerAccounts accounts;
    private readonly LedgerRegister register;
    private bool loaded;
    private long loadingUntil;

    public MemoryLedger(TimeProvider time)
        : this(time, LedgerRules.Exact)
    {
    }

    internal MemoryLedger(TimeProvider time, LedgerRules rules)
    {
        this.time = time;
        State = new LedgerState(rules);
        places = new TokenPlaces(State);
        timers = new LedgerTimers(State, places);
        accounts = new LedgerAccounts(State, places, timers);
        register = new LedgerRegister(State, places);
    }

    internal LedgerState State { get; }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public ValueTask<BorrowResult> BorrowAsync(BorrowWish wish, CancellationToken cancellationToken)
    {
        var leaseId = Borrow(wish, out var result);
        return ValueTask.FromResult(leaseId == 0 ? result : result with { LeaseId = LeaseTable.Format(leaseId) });
    }

    public ValueTask<SettleResult> SettleAsync(string leaseId, Settlement settlement, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Settle(LeaseTable.Parse(leaseId), settlement));

    public ValueTask<IReadOnlyList<string>> RenewAsync(IReadOnlyList<string> leaseIds, CancellationToken cancellationToken)
    {
        List<string>? lost = null;
        lock (gate)
        {
            var now = Now;
            foreach (var id in leaseIds)
            {
                var lease = State.Leases.Find(LeaseTable.Parse(id));
                if (lease >= 0 && State.Leases[lease] is { Phase: LeasePhase.Live } record)
                    State.Leases.Renew(lease, State.Rules.RenewedUntil(record.DueAt, now, record.Ttl));
                else
                    (lost ??= []).Add(id);
            }
        }
        return ValueTask.FromResult<IReadOnlyList<string>>(lost ?? []);
    }

    public ValueTask PutAsync(IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken)
    {
        foreach (var batch in tokens.Chunk(TokensPerStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (gate)
            {
                var now = Now;
                foreach (var token in batch)
                    register.Put(token, now);
            }
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            foreach (var id in tokenIds)
                register.Remove(id);
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<LedgerTokenView>> ReadAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken)
    {
        var views = new List<LedgerTokenView>(tokenIds.Count);
        foreach (var batch in tokenIds.Chunk(TokensPerStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (gate)
            {
                foreach (var id in batch)
                {
                    if (State.Tokens.Find(id) is var slot && slot >= 0)
                        views.Add(register.View(slot));
                }
            }
        }
        return ValueTask.FromResult<IReadOnlyList<LedgerTokenView>>(views);
    }

    public async ValueTask ConfigureAsync(LedgerConfig config, CancellationToken cancellationToken)
    {
        int slots;
        lock (gate)
        {
            if (!Configure(config))
                return;
            slots = State.Tokens.Used;
        }
        for (var from = 0; from < slots; from += TokensPerStep)
        {
            lock (gate)
            {
                register.Reindex(from, TokensPerStep, Now);
            }
            await Task.Yield();
        }
    }

    public ValueTask<bool> IsLoadedAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(loaded);
        }
    }

    public ValueTask<bool> TryBeginLoadAsync(LedgerConfig config, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var now = Now;
            if (loaded || now < loadingUntil)
                return ValueTask.FromResult(false);
            loadingUntil = now + (long)lifetime.TotalMilliseconds;
            if (Configure(config))
                register.Reindex(0, State.Tokens.Used, now);
            return ValueTask.FromResult(true);
        }
    }

    public ValueTask CompleteLoadAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            loaded = true;
            loadingUntil = 0;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<LedgerTokenView>> TakeDirtyAsync(int limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var slots = State.Dirty.Take(limit);
            var views = new List<LedgerTokenView>(slots.Length);
            foreach (var slot in slots)
                views.Add(register.View(slot));
            return ValueTask.FromResult<IReadOnlyList<LedgerTokenView>>(views);
        }
    }

    public ValueTask ConfirmWrittenAsync(IReadOnlyList<LedgerTokenView> written, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            foreach (var view in written)
            {
                if (State.Tokens.Find(view.Id) is var slot && slot >= 0)
                    State.Dirty.Confirm(slot);
            }
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> SweepAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var now = Now;
            State.Leases.ForgetExpired(now);
            return ValueTask.FromResult(timers.Run(now, LedgerLimits.TimersPerSweep));
        }
    }

    /// <summary>Borrow without the text of the lease id, free of allocation. Answers the id; 0: none.</summary>
    internal long Borrow(BorrowWish wish, out BorrowResult result)
    {
        lock (gate)
        {
            if (!loaded)
            {
                result = new BorrowResult("", 0, "", 0, false, NoneReason.Rebuilding, null);
                return 0;
            }
            var now = Now;
            var lease = accounts.Lend(wish, now, out var found, out var repeated);
            if (lease < 0)
            {
                TimeSpan? retryAfter = found.RetryAt > 0 ? TimeSpan.FromMilliseconds(Math.Max(0, found.RetryAt - now)) : null;
                result = new BorrowResult("", 0, "", 0, false, found.Reason, retryAfter) { Degraded = found.Degraded };
                return 0;
            }
            ref var record = ref State.Leases[lease];
            ref var token = ref State.Tokens.Tokens[record.Token];
            result = new BorrowResult("", token.Id, record.Pool, record.Generation, repeated, NoneReason.None, null) { Rev = token.Rev, Degraded = found.Degraded };
            return State.Leases.IdOf(lease);
        }
    }

    /// <summary>Settle by the number of the lease id, free of allocation.</summary>
    internal SettleResult Settle(long leaseId, Settlement settlement)
    {
        lock (gate)
        {
            return accounts.Settle(leaseId, settlement, Now);
        }
    }

    /// <summary>Answers whether tokens must be put at their places again.</summary>
    private bool Configure(LedgerConfig config)
    {
        var before = State.Config;
        var newLanes = State.Apply(config);
        var now = Now;
        if (config.Penalty > before.Penalty)
            State.Penalties.Rebuild(State.PenaltyMs, now);
        if (newLanes)
            register.Rebuild(now);
        return !newLanes && (config.Penalty != before.Penalty || config.MaxInflight != before.MaxInflight);
    }
}
