using GrokForge.CfRefresh.Clearance;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.CfRefresh.Solving;

/// <summary>Solves for every egress at start, when what is solved for changes, by the clock, and again after failures.</summary>
internal sealed partial class SolveSchedule(ClearanceKeeper keeper, SolveTargets targets, CurrentSettings settings, TimeProvider time, ILogger<SolveSchedule> logger) : BackgroundService
{
    /// <summary>What other replicas found out is looked at so often.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    private readonly HashSet<(SolveTarget Target, string Solver)> _begun = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private bool _isFirst = true;

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        settings.Changed += Wake;
        try
        {
            await settings.Ready.WaitAsync(stoppingToken);
            while (true)
                await WaitAsync(await RoundAsync(stoppingToken), stoppingToken);
        }
        finally
        {
            settings.Changed -= Wake;
        }
    }

    /// <summary>Begins what is due, and tells how long nothing is.</summary>
    private async Task<TimeSpan> RoundAsync(CancellationToken cancellationToken)
    {
        var all = targets.All;
        var solver = targets.Proxy.FlareSolverrUrl;
        _begun.RemoveWhere(b => b.Solver != solver || !all.Contains(b.Target));
        var shortest = all.Count > 0 ? Look : Timeout.InfiniteTimeSpan;
        try
        {
            foreach (var target in all)
            {
                var wait = await TurnAsync(target, solver, cancellationToken);
                shortest = wait < shortest ? wait : shortest;
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The rim of the loop: mostly the database is away, and the next look finds it back.
            Log.NotLooked(logger, e);
        }
        _isFirst = false;
        return shortest;
    }

    private async Task<TimeSpan> TurnAsync(SolveTarget target, string solver, CancellationToken cancellationToken)
    {
        var row = await keeper.LookAsync(target.Egress, cancellationToken);
        var isNew = !_begun.Contains((target, solver));
        // A solver or an address that was put right while the process ran need not wait for the failures of the one before.
        var due = isNew && ((!_isFirst && row.Failures > 0) || !row.IsFor(target.Site) && row.Failures == 0) ? DateTimeOffset.MinValue : targets.DueAt(row, isNew);
        if (due > targets.Now)
        {
            // Solved just now by another replica, or pausing after a failure: from here on the schedule rules.
            _begun.Add((target, solver));
            due = targets.DueAt(row, starts: false);
            return due > targets.Now ? due - targets.Now : TimeSpan.Zero;
        }

        await keeper.Begin(target, row.Attempts).WaitAsync(cancellationToken);
        _begun.Add((target, solver));
        var tried = await keeper.LookAsync(target.Egress, cancellationToken);
        // A try that could not be written down must not be followed by another one at once.
        return tried.Attempts == row.Attempts ? Look : targets.DueAt(tried, starts: false) - targets.Now is { Ticks: > 0 } left ? left : TimeSpan.Zero;
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var woken = _wake.WaitAsync(either.Token);
        var passed = Task.Delay(wait, time, either.Token);
        await Task.WhenAny(woken, passed);
        await either.CancelAsync();
        await Task.WhenAll(woken, passed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Wake(SettingsSnapshot snapshot)
    {
        try
        {
            _wake.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // It is awake already, or at its end.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Clearances could not be looked at; they are looked at again soon.")]
        public static partial void NotLooked(ILogger logger, Exception exception);
    }
}
