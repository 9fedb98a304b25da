using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GrokForge.TestKit;

/// <summary>A web server on the loopback address that answers as a test says and remembers what it was asked.</summary>
public sealed class FileServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FileServer(WebApplication app) => _app = app;

    public ConcurrentQueue<IHeaderDictionary> Requests { get; } = [];

    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<FileServer> StartAsync(RequestDelegate answer, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new FileServer(app);
        app.Run(context =>
        {
            server.Requests.Enqueue(new HeaderDictionary(context.Request.Headers.ToDictionary()));
            return answer(context);
        });
        await app.StartAsync(cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
