using GrokForge.ServiceDefaults.Health;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Brings changed tokens from the ledger to the database, well within a second, and once more at shutdown.</summary>
internal sealed class WriteBehind(ILedger ledger, TokenWriter writer, PoolWatch watch, StopSignal stop, TimeProvider time) : BackgroundService
{
    private const int BatchSize = 500;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(400);

    private readonly SemaphoreSlim _turn = new(1, 1);

    // Taken from the ledger, not yet in the database.
    private IReadOnlyList<LedgerTokenView> _taken = [];

    /// <summary>Writes everything that is dirty now.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // What becomes dirty meanwhile waits for the next turn: under load a token is written once a turn, not once a request.
            int count;
            do
            {
                if (_taken.Count == 0)
                    _taken = await ledger.TakeDirtyAsync(BatchSize, cancellationToken);
                count = _taken.Count;
                if (count == 0)
                    return;
                await writer.WriteAsync(_taken, cancellationToken);
                watch.DatabaseAnswered();
                await ledger.ConfirmWrittenAsync(_taken, cancellationToken);
                _taken = [];
            }
            while (count == BatchSize);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await watch.TryAsync(FlushAsync, stop.StoppingPlusFive);
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await watch.TryAsync(FlushAsync, stoppingToken);
    }
}
