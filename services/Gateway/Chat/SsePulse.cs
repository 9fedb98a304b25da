using System.Collections.Concurrent;

namespace GrokForge.Gateway.Chat;

/// <summary>The one timer of the process that opens and pings all event streams.</summary>
internal sealed class SsePulse : IDisposable
{
    /// <summary>How exactly streams are opened and pinged in time.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<SseWriter, bool> _writers = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    public SsePulse(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((SsePulse)state!).Beat(), this, Period, Period);
    }

    public void Join(SseWriter writer) => _writers.TryAdd(writer, true);

    public void Leave(SseWriter writer) => _writers.TryRemove(writer, out _);

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        if (_writers.IsEmpty)
            return;
        var now = _time.GetTimestamp();
        foreach (var (writer, _) in _writers)
            writer.Beat(now);
    }
}
