using System.Collections.Concurrent;

namespace GrokForge.Gateway.Rim;

/// <summary>An answer that sends signs of life while it waits.</summary>
internal interface IPulsed
{
    /// <summary>Sends what is due. Never waits and never throws.</summary>
    void Beat(long now);
}

/// <summary>The one timer of the process behind all answers that wait: event streams are opened and pinged, whole answers kept alive.</summary>
internal sealed class Pulse : IDisposable
{
    /// <summary>How exactly signs of life are sent in time.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<IPulsed, bool> _answers = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    public Pulse(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((Pulse)state!).Beat(), this, Period, Period);
    }

    public void Join(IPulsed answer) => _answers.TryAdd(answer, true);

    public void Leave(IPulsed answer) => _answers.TryRemove(answer, out _);

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        if (_answers.IsEmpty)
            return;
        var now = _time.GetTimestamp();
        foreach (var (answer, _) in _answers)
            answer.Beat(now);
    }
}
