namespace GrokForge.Gateway.Rim;

/// <summary>
/// Keeps the connection of a whole JSON answer alive while it is being made: white space before the JSON, so that no proxy between takes the connection for dead.
/// The first of it commits the answer to status 200; a failure after that is told as the body alone.
/// </summary>
internal sealed class KeepAliveWriter(HttpResponse response, TimeSpan commitAfter, TimeProvider time, Pulse pulse) : IPulsed, IAsyncDisposable
{
    /// <summary>The request's header that asks for signs of life: x-keep-alive: true.</summary>
    public const string Header = "x-keep-alive";

    /// <summary>The longest silence of a committed answer.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    /// <summary>How long the client may leave the connection without room for one byte.</summary>
    public static readonly TimeSpan CutAfter = TimeSpan.FromSeconds(60);

    private static readonly ReadOnlyMemory<byte> SignOfLife = " "u8.ToArray();

    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();
    private Task _beat = Task.CompletedTask;
    private bool _committed;
    private bool _ended;

    /// <summary>Keeps an answer's connection alive until the writer is ended, where the request asks for it; else the writer does nothing.</summary>
    /// <param name="commitAfter">How long the status stays open.</param>
    public static KeepAliveWriter Begin(HttpContext context, TimeSpan commitAfter, TimeProvider time, Pulse pulse)
    {
        var writer = new KeepAliveWriter(context.Response, commitAfter, time, pulse);
        if (context.Request.Headers[Header].ToString().Equals("true", StringComparison.OrdinalIgnoreCase))
            pulse.Join(writer);
        return writer;
    }

    /// <summary>Ends the signs of life. From here on the response is the caller's alone.</summary>
    /// <returns>Whether status and headers are sent already: only the JSON may follow then.</returns>
    public async ValueTask<bool> EndAsync()
    {
        Task beat;
        lock (_gate)
        {
            _ended = true;
            beat = _beat;
        }

        await beat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        pulse.Leave(this);
        return _committed;
    }

    /// <summary>Ends the signs of life and tells a failure: with its own status where nothing was sent, else as the body of the 200 that was.</summary>
    public async Task FailAsync(OpenAIError error)
    {
        if (await EndAsync())
            await response.Body.WriteAsync(error.ToJson(), response.HttpContext.RequestAborted);
        else
            await error.ExecuteAsync(response.HttpContext);
    }

    /// <summary>Sends a sign of life where one is due; cuts a client that takes none. Never waits and never throws.</summary>
    public void Beat(long now)
    {
        lock (_gate)
        {
            var silence = time.GetElapsedTime(_last, now);
            if (!_beat.IsCompleted)
            {
                if (silence >= CutAfter)
                    response.HttpContext.Abort();
            }
            else if (!_ended && silence >= (_committed ? Every : commitAfter))
            {
                _last = now;
                _beat = WriteAsync();
            }
        }
    }

    public async ValueTask DisposeAsync() => await EndAsync();

    private async Task WriteAsync()
    {
        if (!_committed)
        {
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = "application/json";
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Accel-Buffering"] = "no";
            _committed = true;
        }

        await response.Body.WriteAsync(SignOfLife, CancellationToken.None);
        await response.Body.FlushAsync(CancellationToken.None);
    }
}
