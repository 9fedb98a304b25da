using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Leasing;

/// <summary>
/// Remembers the grants and outcomes of the last two seconds, and while the database is away all of them, so that a rebuild after the loss of Redis counts what the write-behind had not written yet.
/// Only where the ledger can be lost without its process.
/// </summary>
internal sealed class RecentLeases(TimeProvider time, bool enabled)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(2);

    /// <summary>A database that stays away must not fill the memory; those are the last minutes of a busy pool.</summary>
    private const int Most = 100_000;

    private readonly Lock _gate = new();
    private readonly Queue<RecentLease> _leases = new();
    private DateTimeOffset _writtenUntil = DateTimeOffset.MinValue;
    private DateTimeOffset _claimsEmptied = DateTimeOffset.MinValue;

    public void Granted(BorrowResult result, BorrowWish wish)
    {
        if (enabled)
            Remember(new RecentLease(result.TokenId, result.Rev, result.Generation, wish.Scope, wish.Units, null, null, time.GetUtcNow()));
    }

    public void Settled(SettleResult result, Settlement settlement)
    {
        if (enabled)
        {
            Remember(new RecentLease(
                result.TokenId, result.Rev, settlement.Generation, result.Scope, result.Units, settlement, result.StateChangedTo, time.GetUtcNow()));
        }
    }

    /// <summary>
    /// All that was claimed for writing is in the database. Claims of a dead writer go first and hold nothing newer, so this vouches for what was lent before the time that
    /// all was written before it.
    /// </summary>
    public void AllClaimsWritten()
    {
        lock (_gate)
            (_writtenUntil, _claimsEmptied) = (_claimsEmptied, time.GetUtcNow());
    }

    /// <summary>Takes all of them out, in the order they came.</summary>
    public IReadOnlyList<RecentLease> TakeAll()
    {
        lock (_gate)
        {
            var taken = _leases.ToArray();
            _leases.Clear();
            return taken;
        }
    }

    /// <summary>Puts back what could not be written.</summary>
    public void Return(IEnumerable<RecentLease> leases)
    {
        lock (_gate)
        {
            foreach (var lease in leases)
                _leases.Enqueue(lease);
        }
    }

    private void Remember(RecentLease lease)
    {
        lock (_gate)
        {
            // Only a newer entry pushes old ones out: while Redis is away nothing is added, and nothing is forgotten.
            while (_leases.TryPeek(out var oldest) && ((lease.At - oldest.At > Kept && _writtenUntil - oldest.At > Kept) || _leases.Count >= Most))
                _leases.Dequeue();
            _leases.Enqueue(lease);
        }
    }
}

/// <summary>A grant or a settlement that the ledger made.</summary>
/// <param name="Rev">The token's rev after it.</param>
/// <param name="Units">Of the lease.</param>
internal sealed record RecentLease(
    long TokenId, long Rev, int Generation, string Scope, int Units, Settlement? Settlement, TokenState? StateChangedTo, DateTimeOffset At);
