using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>
/// The heartbeat of the ledger: works off due timers and sees when it has to be loaded, first of all beside the rest of the start. What it meets is this
/// replica's readiness.
/// </summary>
internal sealed class LedgerSweeper(ILedger ledger, LedgerLoader loader, PoolHealth health, PoolWatch watch, LedgerHome home) : BackgroundService
{
    private const int FullSweep = 64;
    private const int MaxSweepsPerTurn = 200;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, home.Time);
        do
        {
            await watch.TryAsync(TurnAsync, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        health.Loaded = await loader.EnsureLoadedAsync(cancellationToken);
        watch.LedgerAnswered();
        for (var sweeps = 0; sweeps < MaxSweepsPerTurn && await ledger.SweepAsync(cancellationToken) >= FullSweep; sweeps++)
        {
        }
    }
}
