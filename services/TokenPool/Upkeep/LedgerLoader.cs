using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Fills an empty ledger from the database: at start, and again when Redis lost what it had. Borrow answers "rebuilding" meanwhile.</summary>
internal sealed partial class LedgerLoader(
    ILedger ledger, LedgerSource source, RecentLeaseWriter recent, LedgerHome home, ILogger<LedgerLoader> logger)
{
    /// <summary>The right to load ends by itself when the loading replica dies.</summary>
    private static readonly TimeSpan LoadLifetime = TimeSpan.FromSeconds(60);
    private const int PutsAtOnce = 4;

    /// <summary>Loads where that is necessary and this replica's turn.</summary>
    /// <returns>Whether the ledger is loaded now.</returns>
    public async Task<bool> EnsureLoadedAsync(CancellationToken cancellationToken)
    {
        if (await ledger.IsLoadedAsync(cancellationToken))
            return true;

        // 1. What this replica lent and settled last may not have reached the database. Every replica writes its own.
        await recent.WriteAsync(cancellationToken);
        if (!await ledger.TryBeginLoadAsync(home.Config, LoadLifetime, cancellationToken))
            return await ledger.IsLoadedAsync(cancellationToken);

        // 2. The others get time to do the same.
        var started = home.Time.GetTimestamp();
        if (home.Shared)
            await Task.Delay(LedgerHome.GraceForOthers, home.Time, cancellationToken);

        // 3. All tokens, in steps that never hold the ledger for long; some at once, so that ledger and database do not wait for each other.
        var count = 0;
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = PutsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(source.ReadAsync(home.BatchSize, cancellationToken), atOnce, async (batch, token) =>
        {
            await ledger.PutAsync(source.Loadable(batch), token);
            Interlocked.Add(ref count, batch.Count);
        });
        await ledger.CompleteLoadAsync(cancellationToken);
        Log.Loaded(logger, count, home.Time.GetElapsedTime(started).TotalMilliseconds);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} tokens were loaded into the ledger in {Milliseconds:F0} ms.")]
        public static partial void Loaded(ILogger logger, int count, double milliseconds);
    }
}
