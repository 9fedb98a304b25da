using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>Takes OTLP trace exports (HTTP, protobuf) and tells the spans of each trace.</summary>
internal sealed class TraceReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<TraceSpan> _spans = new();

    private TraceReceiver(WebApplication app) => _app = app;

    public string Endpoint => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<TraceReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new TraceReceiver(app);
        app.MapPost("/v1/{signal}", receiver.TakeAsync);
        await app.StartAsync(CancellationToken.None);
        return receiver;
    }

    /// <summary>What has been exported of a trace so far.</summary>
    public IReadOnlyList<TraceSpan> SpansOf(string traceId) => [.. _spans.Where(span => span.TraceId == traceId)];

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(string signal, HttpContext context)
    {
        var body = await ByteString.FromStreamAsync(context.Request.Body, context.RequestAborted);
        if (signal == "traces")
        {
            foreach (var span in TraceSpan.Read(body))
                _spans.Enqueue(span);
        }

        context.Response.ContentType = "application/x-protobuf";
    }
}
