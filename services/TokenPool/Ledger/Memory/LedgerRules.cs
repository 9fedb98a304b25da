namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>The decisions of the memory ledger, one line each. Tests break them one at a time to prove that the model test notices.</summary>
internal abstract class LedgerRules
{
    public static LedgerRules Exact { get; } = new ExactRules();

    public virtual bool MayBeLent(TokenState state) => state is TokenState.Active;

    /// <param name="cap">0: none.</param>
    public virtual bool HasSlot(int inflight, int cap) => cap == 0 || inflight < cap;

    public virtual bool IsPenalised(long usedAt, long penalty, long now) => usedAt + penalty > now;

    /// <summary>A refund or a 429 that belongs to a window of the past must not touch the present one.</summary>
    public virtual bool IsSameWindow(int leaseEpoch, int laneEpoch) => leaseEpoch == laneEpoch;

    /// <summary>An expired lease gave its slot back when it expired.</summary>
    public virtual bool HoldsSlot(bool live) => live;

    public virtual bool MayChangeState(int grantedGeneration, int generation) => grantedGeneration >= generation;

    public virtual long RenewedUntil(long dueAt, long now, long ttl) => now + ttl;

    public virtual int LeftAfterExpiry(int left, int units) => left;

    /// <summary>
    /// The order in a lane, lowest first. Only the count of leases can change without the lane being touched: such a score may be lower than the true one,
    /// never higher. By weight the score is drawn instead.
    /// </summary>
    public virtual double Score(SelectionAlgorithm algorithm, bool tracked, int left, int inflight, long pick) => algorithm switch
    {
        SelectionAlgorithm.RoundRobin => pick,
        SelectionAlgorithm.LeastInflight => inflight * 1099511627776.0 + (pick & 0xFF_FFFF_FFFF),
        SelectionAlgorithm.HighQuotaFirst => (pick & 0xFFFF_FFFF) - (tracked ? left * 4294967296.0 : 0),
        _ => 0,
    };

    /// <summary>The chances of a token in a draw.</summary>
    public virtual double Weight(bool tracked, int left, int limit) => tracked ? Math.Clamp((double)left / limit, LedgerLimits.LeastWeight, 1) : 1;

    /// <summary>Whether an entry seen as head shows the token better than it is.</summary>
    public virtual bool IsStale(double shown, double score) => shown < score;

    /// <summary>Whether affinity may take a token that stands there: it ignores the penalty, never state, units or cap.</summary>
    public virtual bool MayBePreferred(Place place) => place is Place.Fresh or Place.Penalised;

    public virtual bool TiersBeatAffinity => true;

    private sealed class ExactRules : LedgerRules;
}
