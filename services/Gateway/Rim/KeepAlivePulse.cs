using System.Collections.Concurrent;

namespace GrokForge.Gateway.Rim;

/// <summary>The one timer of the process behind all <see cref="KeepAliveWriter"/>s.</summary>
internal sealed class KeepAlivePulse : IDisposable
{
    /// <summary>The request's header that asks for signs of life: x-keep-alive: true.</summary>
    public const string Header = "x-keep-alive";

    /// <summary>How exactly signs of life are sent in time.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<KeepAliveWriter, bool> _writers = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    public KeepAlivePulse(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((KeepAlivePulse)state!).Beat(), this, Period, Period);
    }

    /// <summary>Keeps an answer's connection alive until the writer is ended, where the request asks for it; else the writer does nothing.</summary>
    /// <param name="commitAfter">How long the status stays open.</param>
    public KeepAliveWriter Begin(HttpContext context, TimeSpan commitAfter)
    {
        var writer = new KeepAliveWriter(context.Response, commitAfter, _time, this);
        if (context.Request.Headers[Header].ToString().Equals("true", StringComparison.OrdinalIgnoreCase))
            _writers.TryAdd(writer, true);
        return writer;
    }

    public void Leave(KeepAliveWriter writer) => _writers.TryRemove(writer, out _);

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
