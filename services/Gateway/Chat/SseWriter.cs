using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// Writes one client's event stream: bytes straight into the response, one flush per event. Two write to it, the answer and <see cref="Pulse"/>,
/// which opens the stream when no answer comes and pings a silent one; an interlocked gate lets one in at a time, without a task or timer per stream.
/// </summary>
/// <param name="opening">What a stream begins with, after status and headers.</param>
/// <param name="openAfter">How long an answer may keep the stream unopened.</param>
internal sealed class SseWriter(HttpResponse response, ReadOnlyMemory<byte> opening, TimeSpan openAfter, TimeProvider time) : IPulsed
{
    /// <summary>The longest silence on an open stream.</summary>
    public static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(15);

    /// <summary>How long the client may leave the connection without room for what was written. Kestrel's own rate forgives a stop the longer the more was read before.</summary>
    public static readonly TimeSpan CutAfter = TimeSpan.FromSeconds(60);

    // Of what was put into the stream but not flushed.
    private const int MostUnflushed = 16 * 1024;

    private const int Free = 0;
    private const int Taken = 1;

    private readonly PipeWriter _output = response.BodyWriter;
    private long _lastWrite = time.GetTimestamp();
    private int _gate = Free;
    private int _unflushed;
    private bool _open;
    private bool _closed;
    private bool _ended;
    private Task? _slowBeat;

    /// <summary>Opens the stream where that has not happened yet.</summary>
    public ValueTask OpenAsync() => _open ? default : WriteAsync(default);

    /// <summary>Writes one event and flushes it, opening the stream before. Completes when the client's connection has room again.</summary>
    public ValueTask WriteAsync(SseEvent sseEvent)
    {
        if (!TryTakeGate())
            return WriteAfterBeatAsync(sseEvent);
        ValueTask<FlushResult> flush;
        try
        {
            Put(sseEvent);
            _unflushed = 0;
            // No token: a flush ends when the connection does, and cancelling it would break a stream that still gets its error.
            flush = _output.FlushAsync(CancellationToken.None);
        }
        catch
        {
            LeaveGate();
            throw;
        }

        if (!flush.IsCompletedSuccessfully)
            return LeaveAfterAsync(flush);
        _ = flush.Result;
        LeaveGate();
        return default;
    }

    /// <summary>Puts one event into the stream, opening it before. <see cref="FlushAsync"/> sends it; much of it is sent at once.</summary>
    public ValueTask PutAsync(SseEvent sseEvent)
    {
        if (!TryTakeGate())
            return WriteAfterBeatAsync(sseEvent);
        try
        {
            Put(sseEvent);
        }
        finally
        {
            LeaveGate();
        }

        return _unflushed < MostUnflushed ? default : FlushAsync();
    }

    /// <summary>The same for an event of ready-made JSON.</summary>
    public ValueTask PassAsync(ReadOnlyMemory<byte> json)
    {
        if (!TryTakeGate())
            return PassAfterBeatAsync(json);
        try
        {
            PutPassed(json.Span);
        }
        finally
        {
            LeaveGate();
        }

        return _unflushed < MostUnflushed ? default : FlushAsync();
    }

    /// <summary>Sends what was put into the stream. Completes when the client's connection has room again.</summary>
    public ValueTask FlushAsync() => _unflushed == 0 || _closed ? default : WriteAsync(default);

    /// <summary>Writes the last bytes, opening the stream before; nothing can be written after it.</summary>
    public async ValueTask FinishAsync(ReadOnlyMemory<byte> ending)
    {
        await CloseGateAsync();
        try
        {
            Put(new SseEvent(ending));
            _unflushed = 0;
            await _output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            Volatile.Write(ref _ended, true);
        }
    }

    /// <summary>Writes the last bytes if the stream is open and not finished. Afterwards nothing touches the response any more.</summary>
    /// <returns>Whether it was open: if not, the response is still untouched.</returns>
    public async ValueTask<bool> CloseAsync(ReadOnlyMemory<byte> ending)
    {
        if (_closed)
            return _open;
        await CloseGateAsync();
        try
        {
            if (_open && !ending.IsEmpty)
            {
                Put(new SseEvent(ending));
                await _output.FlushAsync(CancellationToken.None);
            }
        }
        finally
        {
            Volatile.Write(ref _ended, true);
        }

        return _open;
    }

    /// <summary>Opens the stream when it is due, pings it when it was silent for too long, cuts it when nobody reads it. Never waits and never throws.</summary>
    public void Beat(long now)
    {
        if (Volatile.Read(ref _ended) || !IsDue(now))
            return;
        if (!TryTakeGate())
        {
            if (time.GetElapsedTime(Volatile.Read(ref _lastWrite), now) >= CutAfter)
                response.HttpContext.Abort();
            return;
        }

        if (!IsDue(now))
        {
            LeaveGate();
            return;
        }

        var beat = BeatAsync();
        if (!beat.IsCompleted)
            Volatile.Write(ref _slowBeat, beat);
    }

    private bool IsDue(long now) => time.GetElapsedTime(Volatile.Read(ref _lastWrite), now) >= (Volatile.Read(ref _open) ? PingAfter : openAfter);

    private async Task BeatAsync()
    {
        try
        {
            Put(_open ? new SseEvent(SseBytes.Ping) : default);
            _unflushed = 0;
            await _output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            LeaveGate();
        }
    }

    private void PutPassed(ReadOnlySpan<byte> json)
    {
        if (!_open)
            Open();
        var before = "data: "u8;
        var after = "\n\n"u8;
        var length = before.Length + json.Length + after.Length;
        var span = _output.GetSpan(length);
        before.CopyTo(span);
        json.CopyTo(span[before.Length..]);
        after.CopyTo(span[(before.Length + json.Length)..]);
        _output.Advance(length);
        _unflushed += length;
        Volatile.Write(ref _lastWrite, time.GetTimestamp());
    }

    private void Put(SseEvent sseEvent)
    {
        if (!_open)
            Open();
        if (!sseEvent.Before.IsEmpty)
            System.Buffers.BuffersExtensions.Write(_output, sseEvent.Before.Span);
        if (!sseEvent.Text.IsEmpty)
            JsonText.Write(_output, sseEvent.Text.Span);
        if (!sseEvent.After.IsEmpty)
            System.Buffers.BuffersExtensions.Write(_output, sseEvent.After.Span);
        _unflushed += sseEvent.Before.Length + sseEvent.Text.Length + sseEvent.After.Length;
        Volatile.Write(ref _lastWrite, time.GetTimestamp());
    }

    private void Open()
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        System.Buffers.BuffersExtensions.Write(_output, opening.Span);
        Volatile.Write(ref _open, true);
    }

    private async ValueTask PassAfterBeatAsync(ReadOnlyMemory<byte> json)
    {
        await TakeGateAsync();
        try
        {
            PutPassed(json.Span);
        }
        finally
        {
            LeaveGate();
        }

        await FlushAsync();
    }

    private async ValueTask WriteAfterBeatAsync(SseEvent sseEvent)
    {
        await TakeGateAsync();
        try
        {
            Put(sseEvent);
            _unflushed = 0;
            await _output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            LeaveGate();
        }
    }

    private async ValueTask CloseGateAsync()
    {
        _closed = true;
        await TakeGateAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask LeaveAfterAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            await flush;
        }
        finally
        {
            LeaveGate();
        }
    }

    private bool TryTakeGate() => Interlocked.CompareExchange(ref _gate, Taken, Free) == Free;

    private void LeaveGate() => Volatile.Write(ref _gate, Free);

    /// <summary>Only a beat can hold the gate here: for the time of a copy, or of a flush that the client delays.</summary>
    private async ValueTask TakeGateAsync()
    {
        while (!TryTakeGate())
        {
            // The gate stays taken once the stream has ended.
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _ended), this);
            if (Volatile.Read(ref _slowBeat) is { IsCompleted: false } beat)
                await beat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else
                await Task.Yield();
        }
    }
}
