using System.Diagnostics;
using System.Net;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Telemetry;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace GrokForge.Gateway.Forwarding;

/// <summary>Forwards a request to another service's HTTP door and vouches for the client's address.</summary>
internal sealed partial class ServiceForwarder : IDisposable
{
    private static readonly ForwarderRequestConfig Limits = new() { ActivityTimeout = TimeSpan.FromMinutes(5) };

    private readonly IHttpForwarder _forwarder;
    private readonly ForwardingProof _proof;
    private readonly ILogger _logger;
    private readonly HttpTransformer _transform;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    });

    public ServiceForwarder(IHttpForwarder forwarder, ITransformBuilder transforms, ForwardingProof proof, ILogger<ServiceForwarder> logger)
    {
        (_forwarder, _proof, _logger) = (forwarder, proof, logger);
        _transform = transforms.Create(context => context
            .AddXForwarded(ForwardedTransformActions.Append)
            .AddXForwardedFor(action: ForwardedTransformActions.Set)
            .AddOriginalHost()
            .AddRequestTransform(Vouch)
            .AddResponseTransform(KeepRequestId));
    }

    /// <param name="service">Its name in messages.</param>
    /// <param name="addresses">Origins of its replicas; the next one is asked where one cannot be reached.</param>
    public async Task ForwardAsync(HttpContext context, string service, IReadOnlyList<string> addresses)
    {
        var status = StatusCodes.Status503ServiceUnavailable;
        foreach (var address in addresses)
        {
            // The forwarder leaves its verdict in the status, and takes another than 200 for an answer that was given already.
            context.Response.StatusCode = StatusCodes.Status200OK;
            var error = await _forwarder.SendAsync(context, address, _client, Limits, _transform);
            if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
                return;

            var cause = context.GetForwarderErrorFeature()?.Exception;
            Log.Failed(_logger, service, address, error, cause);
            status = context.Response.StatusCode;
            if (!WasUnreachable(cause))
                break;
        }

        var refusal = status < StatusCodes.Status500InternalServerError
            ? OpenAIError.FromStatus(status, context.Request)
            : OpenAIError.Unavailable($"{service} does not answer. Try again soon.");
        await refusal.ExecuteAsync(context);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Whether there never was a connection, so that nothing can have been sent.</summary>
    private static bool WasUnreachable(Exception? cause) => cause
        is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
        or OperationCanceledException { InnerException: TimeoutException };

    private ValueTask Vouch(RequestTransformContext context)
    {
        _proof.Attach(context.ProxyRequest);
        var headers = context.ProxyRequest.Headers;
        headers.Remove(RequestId.Header);
        headers.Add(RequestId.Header, context.HttpContext.TraceIdentifier);
        return ValueTask.CompletedTask;
    }

    // The service echoes the id beside the one that is there already.
    private static ValueTask KeepRequestId(ResponseTransformContext context)
    {
        context.HttpContext.Response.Headers[RequestId.Header] = context.HttpContext.TraceIdentifier;
        return ValueTask.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(2401, LogLevel.Warning, "Forwarding a request to {Service} at {Address} failed ({Error}).")]
        public static partial void Failed(ILogger logger, string service, string address, ForwarderError error, Exception? exception);
    }
}
