namespace GrokForge.Upstream.Chat;

/// <summary>The clocks of one try: one until its first answer byte, one between two bytes of the upstream. Both end with the client's own token.</summary>
internal sealed class TryLimits : IDisposable
{
    private readonly CancellationTokenSource _any;
    private readonly CancellationTokenRegistration _client;
    private readonly TimeProvider _time;
    private readonly TimeSpan _idleLimit;
    private readonly TimeSpan _firstByteLimit;
    private readonly long _started;
    private readonly CancellationToken _clientGone;
    private TaskCompletionSource? _answered;
    private bool _hasAnswered;
    private bool _waits;
    private bool _idleRules;

    public TryLimits(TimeSpan firstByte, TimeSpan idle, TimeProvider time, CancellationToken cancellationToken)
    {
        (_firstByteLimit, _idleLimit, _time, _clientGone) = (firstByte, idle, time, cancellationToken);
        _started = time.GetTimestamp();
        _any = new CancellationTokenSource(firstByte, time);
        _client = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _any);
    }

    /// <summary>Cancelled by the client or by a limit that has passed.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>Whether a limit has passed, and not the client's patience.</summary>
    public bool Passed => _any.IsCancellationRequested && !_clientGone.IsCancellationRequested;

    /// <summary>Ends when the first answer byte is there. Asked for before the request is sent.</summary>
    public Task WatchAnswer() => (_answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>The first answer byte is there: from now on only the time between two bytes counts.</summary>
    public void Answered()
    {
        _hasAnswered = true;
        Rule();
        _answered?.TrySetResult();
    }

    /// <summary>A read of upstream bytes begins.</summary>
    public void Waiting()
    {
        _waits = true;
        Rule();
    }

    /// <summary>The read has ended; what the client does with the bytes does not count as silence.</summary>
    public void Arrived()
    {
        _waits = false;
        Rule();
    }

    /// <summary>Which limit passed, in an operator's words.</summary>
    public Refusal Refusal() => _idleRules || _hasAnswered
        ? Chat.Refusal.Unavailable($"sent nothing for {_idleLimit.TotalSeconds:0.###} s", "Check the egress, or raise upstream.idle_timeout.")
        : Chat.Refusal.NoNetwork($"gave no answer within {_firstByteLimit.TotalSeconds:0.###} s",
            "Check the egress, or raise retry.first_byte_timeout and upstream.request_timeout.");

    public void Dispose()
    {
        _client.Dispose();
        _any.Dispose();
    }

    /// <summary>Winds the one clock up for whichever limit ends first.</summary>
    private void Rule()
    {
        var left = _hasAnswered ? Timeout.InfiniteTimeSpan : _firstByteLimit - _time.GetElapsedTime(_started);
        if (!_hasAnswered && left < TimeSpan.Zero)
            left = TimeSpan.Zero;
        _idleRules = _waits && (_hasAnswered || _idleLimit < left);
        if (!_any.IsCancellationRequested)
            _any.CancelAfter(_idleRules ? _idleLimit : left);
    }
}
