using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Brings all stored tokens into a ledger that is being loaded.</summary>
internal sealed class LedgerFilling(ILedger ledger, LedgerSource source, LedgerGhosts ghosts, LedgerHome home)
{
    private const int PutsAtOnce = 4;

    // More changes than one token can see between two writes of the write-behind.
    private const long RevsOfOneLoad = 1 << 20;

    /// <returns>How many tokens there are; null where the right to load was lost on the way.</returns>
    public async Task<int?> FillAsync(LoadRight right, CancellationToken cancellationToken)
    {
        var (count, lost) = (0, false);

        // Some at once, so that ledger and database do not wait for each other.
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = PutsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(source.ReadAsync(home.BatchSize, cancellationToken), atOnce, async (batch, token) =>
        {
            if (Volatile.Read(ref lost))
                return;
            if (!await ledger.LoadAsync(right, [.. source.Loadable(batch).Select(Renumbered)], token))
                Volatile.Write(ref lost, true);
            Interlocked.Add(ref count, batch.Count);
        });
        if (lost)
            return null;
        await ghosts.RemoveAllAsync(cancellationToken);
        return count;
    }

    // What a replica took from the ledger before it was lost, and writes only now, must not pass for later than what this load begins.
    private LedgerToken Renumbered(LedgerToken token) => home.Shared ? token with { Rev = (token.Rev / RevsOfOneLoad + 1) * RevsOfOneLoad } : token;
}
