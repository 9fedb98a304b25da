using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Runs one turn of a background loop; an outage of Redis or of the database is said once, noted, and left to the next turn.</summary>
internal sealed partial class PoolWatch(PoolHealth health, ILogger<PoolWatch> logger)
{
    private bool _databaseAway;

    /// <summary>Raised when Redis answers again after an outage.</summary>
    public event Action? LedgerCameBack;

    public async Task<bool> TryAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken)
    {
        try
        {
            await turn(cancellationToken);
            return true;
        }
        catch (Exception e) when (Outage.OfLedger(e))
        {
            if (health.LedgerAnswers(false))
                Log.LedgerAway(logger, e.Message);
        }
        catch (Exception e) when (Outage.OfDatabase(e))
        {
            if (!Interlocked.Exchange(ref _databaseAway, true))
                Log.DatabaseAway(logger, e.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            // The rim of the background loops: a turn that fails must not end lending.
            Log.TurnFailed(logger, e);
        }
        return false;
    }

    public void LedgerAnswered()
    {
        if (!health.LedgerAnswers(true))
            return;
        Log.LedgerBack(logger);
        LedgerCameBack?.Invoke();
    }

    public void DatabaseAnswered()
    {
        if (Interlocked.Exchange(ref _databaseAway, false))
            Log.DatabaseBack(logger);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Redis does not answer, and no token can be lent until it does: {Reason}")]
        public static partial void LedgerAway(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Error, "The token database does not answer, and changes wait in the ledger: {Reason}")]
        public static partial void DatabaseAway(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Error, "The upkeep of the token ledger failed; it goes on at the next turn.")]
        public static partial void TurnFailed(ILogger logger, Exception exception);

        [LoggerMessage(4, LogLevel.Information, "Redis answers the token ledger again.")]
        public static partial void LedgerBack(ILogger logger);

        [LoggerMessage(5, LogLevel.Information, "The token database answers again.")]
        public static partial void DatabaseBack(ILogger logger);
    }
}
