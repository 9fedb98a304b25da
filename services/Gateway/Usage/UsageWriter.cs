using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Telemetry;

namespace GrokForge.Gateway.Usage;

/// <summary>Writes recorded usage in batches within <c>token.usage_flush_interval_sec</c>, patiently while the database is away, and to the last row at shutdown.</summary>
internal sealed class UsageWriter : BackgroundService
{
    private const int MaxBatch = 1000;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly UsageRecorder _recorder;
    private readonly UsageBatch _batches;
    private readonly CurrentSettings _settings;
    private readonly StopSignal _stop;
    private readonly TimeProvider _time;
    private readonly List<UsageEntry> _batch = new(MaxBatch);
    private readonly CancellationTokenSource _hostLimit = new();

    public UsageWriter(UsageRecorder recorder, UsageBatch batches, CurrentSettings settings, StopSignal stop, TimeProvider time)
    {
        (_recorder, _batches, _settings, _stop, _time) = (recorder, batches, settings, stop, time);
        GrokForgeTelemetry.Meter.CreateObservableCounter(
            "grokforge_usage_dropped", () => recorder.Dropped, description: "Usage rows lost because the database was away too long.");
    }

    /// <summary>Writes what waits, also where the loop had not even begun.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = cancellationToken.Register(_hostLimit.Cancel);
        await base.StopAsync(cancellationToken);
        try
        {
            await WriteWaitingAsync(_stop.StoppingPlusFive);
        }
        catch (OperationCanceledException)
        {
            _batches.GiveUp(_batch.Count + _recorder.Entries.Count);
        }
    }

    public override void Dispose()
    {
        _hostLimit.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _recorder.Entries.WaitToReadAsync(stoppingToken))
            {
                // Less than half of the promised time to gather, the rest to write: the first write of a process on a busy machine takes a while.
                await Task.Delay(TimeSpan.FromSeconds(_settings.Current.Token.UsageFlushIntervalSeconds * 0.4), _time, stoppingToken);
                await WriteWaitingAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the process: stopping writes the rest.
        }
    }

    private async Task WriteWaitingAsync(CancellationToken pauses)
    {
        var pause = FirstPause;
        while (TakeBatch())
        {
            // A write under way is finished even when the process stops, else it would be unclear whether it happened. It may take as long as the host lets
            // it: the first one of a process on a busy machine needs more than the five seconds after which a database that is away is given up.
            if (await _batches.TryWriteAsync(_batch, _hostLimit.Token))
            {
                pause = FirstPause;
                continue;
            }

            await Task.Delay(pause, _time, pauses);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private bool TakeBatch()
    {
        while (_batch.Count < MaxBatch && _recorder.Entries.TryRead(out var entry))
            _batch.Add(entry);
        return _batch.Count > 0;
    }
}
