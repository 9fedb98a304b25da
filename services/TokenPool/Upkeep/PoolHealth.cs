using GrokForge.ServiceDefaults.Health;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Whether this replica can lend: the ledger in reach and loaded. Fed by the background loops, never by requests.</summary>
/// <param name="redisAway">How long the connection to Redis has been broken: known at once, while a call waits for its time-out first.</param>
internal sealed class PoolHealth(TimeProvider time, Func<TimeSpan> redisAway)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A timestamp; 0: in reach.
    private long _ledgerAwaySince;
    private bool _loaded;

    public bool Loaded
    {
        get => Volatile.Read(ref _loaded);
        set => Volatile.Write(ref _loaded, value);
    }

    /// <returns>True where this is news.</returns>
    public bool LedgerAnswers(bool answers) => answers
        ? Interlocked.Exchange(ref _ledgerAwaySince, 0) != 0
        : Interlocked.CompareExchange(ref _ledgerAwaySince, Math.Max(1, time.GetTimestamp()), 0) == 0;

    public Readiness Check()
    {
        var since = Volatile.Read(ref _ledgerAwaySince);
        var silent = since == 0 ? TimeSpan.Zero : time.GetElapsedTime(since);
        var away = redisAway();
        if (silent > Patience || away > Patience)
            return Readiness.NotReady("Redis has not answered for more than 5 seconds.");
        if (since != 0 || away > TimeSpan.Zero)
            return Readiness.Degraded("Redis does not answer.");
        return Loaded ? Readiness.Ready : Readiness.NotReady("The tokens are not loaded yet.");
    }
}
