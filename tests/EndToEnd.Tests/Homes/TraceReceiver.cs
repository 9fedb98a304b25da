using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>Takes OTLP trace exports (HTTP, protobuf) and finds traces in them by the bytes of their ids.</summary>
internal sealed class TraceReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _exports = new();

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

    /// <summary>Names of the services whose exports hold this trace.</summary>
    public IReadOnlySet<string> ServicesOf(string traceId, IEnumerable<string> services)
    {
        var id = Convert.FromHexString(traceId);
        return _exports.Where(export => export.AsSpan().IndexOf(id) >= 0)
            .SelectMany(export => services.Where(service => export.AsSpan().IndexOf(Encoding.UTF8.GetBytes(service)) >= 0))
            .ToHashSet();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        _exports.Enqueue(body.ToArray());
        context.Response.ContentType = "application/x-protobuf";
    }
}
