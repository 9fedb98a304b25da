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
    /// The order in a lane, lowest first: most units left, then least recently picked in this lane. An algorithm is another score; one that does not
    /// order by units must also not stop the search at a head with too few of them.
    /// </summary>
    public virtual double Score(bool tracked, int left, long pick) => (pick & 0xFFFF_FFFF) - (tracked ? left * 4294967296.0 : 0);

    private sealed class ExactRules : LedgerRules;
}
