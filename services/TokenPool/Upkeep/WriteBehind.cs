using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Brings changed tokens from the ledger to the database, well within a second, and once more at shutdown.</summary>
internal sealed class WriteBehind(ILedger ledger, TokenWriter writer, RecentLeases recent, PoolWatch watch, LedgerHome home) : BackgroundService
{
    private const int BatchSize = 500;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _turn = new(1, 1);

    // Taken from the ledger, not yet in the database.
    private IReadOnlyList<LedgerTokenView> _taken = [];

    /// <summary>Writes everything that is dirty now.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => FlushAsync(untilNothingIsLeft: false, cancellationToken);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // It may take as long as the host lets it: the first write of a process on a busy machine needs more than a few seconds. What other replicas go on
        // changing in a shared ledger is theirs to write.
        await watch.TryAsync(limit => FlushAsync(!home.Shared, limit), cancellationToken);
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, home.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await watch.TryAsync(FlushAsync, stoppingToken);
    }

    private async Task FlushAsync(bool untilNothingIsLeft, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // What becomes dirty meanwhile waits for the next turn: under load a token is written once a turn, not once a request.
            bool isMoreExpected;
            do
            {
                var isLeftOver = _taken.Count > 0;
                if (!isLeftOver)
                    _taken = await ledger.TakeDirtyAsync(BatchSize, cancellationToken);
                if (_taken.Count == 0)
                    return;
                await writer.WriteAsync(_taken, cancellationToken);
                watch.DatabaseAnswered();
                await ledger.ConfirmWrittenAsync(_taken, cancellationToken);
                if (_taken.Count < BatchSize)
                    recent.AllClaimsWritten();
                isMoreExpected = untilNothingIsLeft || isLeftOver || _taken.Count == BatchSize;
                _taken = [];
            }
            while (isMoreExpected);
        }
        finally
        {
            _turn.Release();
        }
    }
}
