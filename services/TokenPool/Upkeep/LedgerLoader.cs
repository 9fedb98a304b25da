using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Fills an empty ledger from the database: at start, and again when Redis lost what it had. Borrow answers "rebuilding" meanwhile.</summary>
internal sealed partial class LedgerLoader(
    ILedger ledger, LedgerFilling filling, RecentLeaseWriter recent, LedgerHome home, ILogger<LedgerLoader> logger)
{
    private static readonly Counter<long> Rebuilds =
        GrokForgeTelemetry.Meter.CreateCounter<long>("grokforge.ledger.rebuilds", "{rebuild}", "Times that a token ledger which had lost its data was filled again from the database.");

    /// <summary>The right to load ends this long after the loading replica died; each batch prolongs it.</summary>
    private static readonly TimeSpan LoadLifetime = TimeSpan.FromSeconds(10);

    private bool _wasLoaded;
    private bool _isLost;

    /// <summary>Loads where that is necessary and this replica's turn.</summary>
    /// <returns>Whether the ledger is loaded now.</returns>
    public async Task<bool> EnsureLoadedAsync(CancellationToken cancellationToken)
    {
        if (await ledger.IsLoadedAsync(cancellationToken))
        {
            _isLost = false;
            return _wasLoaded = true;
        }
        if (_wasLoaded)
        {
            _isLost = true;
            Log.Lost(logger);
        }
        _wasLoaded = false;

        // 1. What this replica lent and settled last may not have reached the database. Every replica writes its own.
        if (!await recent.WriteAsync(cancellationToken))
            return false;
        var right = new LoadRight(Guid.NewGuid().ToString("N"), LoadLifetime);
        if (!await ledger.TryBeginLoadAsync(home.Config, right, cancellationToken))
            return await ledger.IsLoadedAsync(cancellationToken);

        var loaded = false;
        try
        {
            loaded = await LoadAsync(right, cancellationToken);
        }
        finally
        {
            // Whatever went wrong: another replica, or the next turn, need not wait for the end of the lifetime.
            if (!loaded)
                await AbandonAsync(right);
        }
        return loaded;
    }

    private async Task<bool> LoadAsync(LoadRight right, CancellationToken cancellationToken)
    {
        // 2. The others get time to do the same.
        var started = home.Time.GetTimestamp();
        if (home.Shared)
            await Task.Delay(LedgerHome.GraceForOthers, home.Time, cancellationToken);

        // 3. All tokens, in steps that never hold the ledger for long.
        if (await filling.FillAsync(right, cancellationToken) is not { } count || !await ledger.CompleteLoadAsync(right, cancellationToken))
        {
            Log.RightLost(logger);
            return false;
        }
        // Counted by the replica that filled it, so that one loss is one rebuild.
        if (_isLost)
            Rebuilds.Add(1);
        Log.Loaded(logger, count, home.Time.GetElapsedTime(started).TotalMilliseconds);
        return true;
    }

    private async Task AbandonAsync(LoadRight right)
    {
        try
        {
            await ledger.AbandonLoadAsync(right, CancellationToken.None);
        }
        catch (Exception e) when (Outage.OfLedger(e))
        {
            // Then it ends by its lifetime.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} tokens were loaded into the ledger in {Milliseconds:F0} ms.")]
        public static partial void Loaded(ILogger logger, int count, double milliseconds);

        [LoggerMessage(3, LogLevel.Warning, "The ledger is gone, or an old copy of it came back with another Redis: its tokens are loaded again, and none is lent until they are there.")]
        public static partial void Lost(ILogger logger);

        [LoggerMessage(2, LogLevel.Warning, "Loading the tokens took too long, and another replica may have begun; this one stops.")]
        public static partial void RightLost(ILogger logger);
    }
}
