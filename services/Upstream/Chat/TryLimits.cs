namespace GrokForge.Upstream.Chat;

/// <summary>The clocks of one try: one until its first answer byte, one between two bytes of the upstream. Both end with the client's own token.</summary>
internal sealed class TryLimits : IDisposable
{
    private readonly CancellationTokenSource _firstByte;
    private readonly CancellationTokenSource _idle;
    private readonly CancellationTokenSource _any;
    private readonly TimeSpan _idleLimit;
    private readonly TimeSpan _firstByteLimit;

    public TryLimits(TimeSpan firstByte, TimeSpan idle, TimeProvider time, CancellationToken cancellationToken)
    {
        _firstByteLimit = firstByte;
        _idleLimit = idle;
        _firstByte = new CancellationTokenSource(firstByte, time);
        _idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _firstByte.Token, _idle.Token);
    }

    /// <summary>Cancelled by the client or by a limit that has passed.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>Whether a limit has passed, and not the client's patience.</summary>
    public bool Passed => _firstByte.IsCancellationRequested || _idle.IsCancellationRequested;

    /// <summary>From now on only the time between two bytes counts.</summary>
    public void Answered() => _firstByte.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>A read of upstream bytes begins.</summary>
    public void Waiting() => _idle.CancelAfter(_idleLimit);

    /// <summary>The read has ended; what the client does with the bytes does not count as silence.</summary>
    public void Arrived() => _idle.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Which limit passed, in an operator's words.</summary>
    public Refusal Refusal() => _idle.IsCancellationRequested
        ? Chat.Refusal.Unavailable($"sent nothing for {_idleLimit.TotalSeconds:0.###} s", "Check the egress, or raise upstream.idle_timeout.")
        : Chat.Refusal.Unavailable($"gave no answer within {_firstByteLimit.TotalSeconds:0.###} s",
            "Check the egress, or raise retry.first_byte_timeout and upstream.request_timeout.");

    public void Dispose()
    {
        _any.Dispose();
        _idle.Dispose();
        _firstByte.Dispose();
    }
}
