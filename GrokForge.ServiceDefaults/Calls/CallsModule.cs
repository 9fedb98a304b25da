using System.Globalization;
using GrokForge.Contracts.Calls;
using GrokForge.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Registers what internal calls need on both sides.</summary>
public static class CallsModule
{
    /// <summary>Maps a gRPC service so that it is reachable only on the RPC port; where there is none, nothing is mapped.</summary>
    public static WebApplication MapRpc<TRpc>(this WebApplication app) where TRpc : class
    {
        var port = app.Services.GetRequiredService<RpcDoor>().Port;
        if (port == 0)
            return app;

        app.MapGrpcService<TRpc>().Add(endpoint =>
        {
            var call = endpoint.RequestDelegate!;
            endpoint.Metadata.Add(RpcEndpoint.Instance);
            endpoint.RequestDelegate = context => context.Connection.LocalPort == port ? Answer(call, context) : NotFound(context);
        });
        return app;
    }

    internal static RpcDoor AddCalls(this WebApplicationBuilder builder, string service)
    {
        var configuration = builder.Configuration;
        var door = new RpcDoor(Port(configuration[RpcDoor.Variable]));
        var key = new InternalKey(service, configuration[InternalKey.Variable]);
        builder.Services.AddSingleton(door);
        builder.Services.AddSingleton(key);
        builder.Services.AddSingleton<InternalTokens>();
        builder.Services.AddSingleton(services => new ForwardingProof(key, new Lazy<InternalTokens>(services.GetRequiredService<InternalTokens>)));
        if (door.IsOpen)
            builder.AddRpcs(service, key);
        return door;
    }

    private static void AddRpcs(this WebApplicationBuilder builder, string service, InternalKey key)
    {
        // Read now: without the key the door would refuse everyone, one call after the other.
        _ = key.SigningKey;
        builder.Services.AddSingleton<RpcInterceptor>();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<RpcInterceptor>();
            grpc.EnableDetailedErrors = false;
            grpc.MaxReceiveMessageSize = service == "upstream" ? CallLimits.ChatMessageBytes : CallLimits.MessageBytes;
        });
    }

    internal static void UseRpcDoor(this WebApplication app)
    {
        var port = app.Services.GetRequiredService<RpcDoor>().Port;
        if (port == 0)
            return;

        // The RPC port shows RPCs and the process's own probes, nothing of what the public port offers.
        app.Use((context, next) =>
            context.Connection.LocalPort == port && context.GetEndpoint()?.Metadata.GetMetadata<RpcEndpoint>() is null ? NotFound(context) : next(context));
    }

    private static Task Answer(RequestDelegate call, HttpContext context)
    {
        // gRPC has its own limit per message; the body of a chat with pictures is larger than a page's form.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        return call(context);
    }

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static int Port(string? value) =>
        string.IsNullOrWhiteSpace(value) ? 0
        : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535 ? port
        : throw new StartRefusedException($"{RpcDoor.Variable} is {value}; it is a TCP port from 1 to 65535, or 0 for none.");
}

/// <summary>Marks endpoints that the RPC port may show.</summary>
internal sealed class RpcEndpoint
{
    public static RpcEndpoint Instance { get; } = new();
}
