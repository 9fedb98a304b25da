using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Rim;

/// <summary>Says when the process began to go away and when open streams have had their time.</summary>
internal sealed class DrainDeadline : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly StopSignal _stop;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;

    public DrainDeadline(StopSignal stop, CurrentSettings settings, TimeProvider time)
    {
        _stop = stop;
        _timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _over, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = stop.Draining.Register(
            () => _timer.Change(Before(TimeSpan.FromSeconds(settings.Current.App.DrainSeconds)), Timeout.InfiniteTimeSpan));
    }

    public bool IsDraining => _stop.IsDraining;

    /// <summary>Cancelled shortly before app.drain_seconds are over.</summary>
    public CancellationToken Over => _over.Token;

    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
        _over.Dispose();
    }

    /// <summary>At the end of the drain the connections are cut; a stream must have said its last words by then.</summary>
    private static TimeSpan Before(TimeSpan end) => end - TimeSpan.FromSeconds(Math.Min(1, end.TotalSeconds / 4));
}
