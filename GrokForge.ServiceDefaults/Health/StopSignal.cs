namespace GrokForge.ServiceDefaults.Health;

/// <summary>Tells how far a process is on its way to the end: serving, draining, or winding up.</summary>
public sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _stoppingPlusFive;

    public StopSignal(TimeProvider time) => _stoppingPlusFive = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);

    /// <summary>Cancelled when the process was asked to stop; requests in flight go on.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Cancelled five seconds after the last request had to be over. For settling and usage writes, which outlive their request.</summary>
    public CancellationToken StoppingPlusFive => _stoppingPlusFive.Token;

    public bool IsDraining => _draining.IsCancellationRequested;

    internal void BeginDrain() => _draining.Cancel();

    internal void EndDrain() => _stoppingPlusFive.CancelAfter(TimeSpan.FromSeconds(5));

    public void Dispose()
    {
        _draining.Dispose();
        _stoppingPlusFive.Dispose();
    }
}
