using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace GrokForge.ServiceDefaults.Health;

/// <summary>Knows the requests at work, so that a drain can wait for them and end what is left.</summary>
internal sealed class RequestsInFlight(StopSignal signal)
{
    private readonly ConcurrentDictionary<HttpContext, byte> _requests = new();
    private TaskCompletionSource? _empty;

    public int Count => _requests.Count;

    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        // Probes come while draining, and a panel's socket stays open for hours: neither is waited for.
        if (HealthEndpoints.IsProbe(context.Request.Path) || context.WebSockets.IsWebSocketRequest)
        {
            await next(context);
            return;
        }

        // A draining process tells its clients to come back by another connection, to another replica.
        if (signal.IsDraining && !HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        _requests.TryAdd(context, 0);
        try
        {
            await next(context);
        }
        finally
        {
            _requests.TryRemove(context, out _);
            if (_requests.IsEmpty)
                Volatile.Read(ref _empty)?.TrySetResult();
        }
    }

    /// <summary>Waits until no request is at work.</summary>
    public Task WhenEmptyAsync(CancellationToken cancellationToken)
    {
        var empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _empty, empty);
        if (_requests.IsEmpty)
            empty.TrySetResult();
        return empty.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Cuts the connections of the requests that are still at work; answers how many.</summary>
    public int Abort()
    {
        var aborted = 0;
        foreach (var request in _requests.Keys)
        {
            request.Abort();
            aborted++;
        }
        return aborted;
    }
}
