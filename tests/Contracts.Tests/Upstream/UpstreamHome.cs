using System.Net;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Clearance;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.Upstream;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Quotas;
using GrokForge.Upstream.Xai;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>The upstream module on a real host, beside a pocket token pool, reached in process or over gRPC on a loopback port.</summary>
internal sealed class UpstreamHome : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel? _channel;

    private UpstreamHome(WebApplication app, GrpcChannel? channel)
    {
        _app = app;
        _channel = channel;
        Chat = channel is null ? app.Services.GetRequiredService<IUpstreamChat>() : new RemoteUpstreamChat(new UpstreamChat.UpstreamChatClient(channel));
        Quotas = channel is null ? app.Services.GetRequiredService<IUpstreamQuotas>() : new RemoteUpstreamQuotas(new UpstreamQuotas.UpstreamQuotasClient(channel));
        Models = channel is null ? app.Services.GetRequiredService<IUpstreamModels>() : new RemoteUpstreamModels(new UpstreamModels.UpstreamModelsClient(channel));
    }

    public IUpstreamChat Chat { get; }

    public IUpstreamModels Models { get; }

    public IUpstreamQuotas Quotas { get; }

    public static async Task<UpstreamHome> StartAsync(CurrentSettings settings, ITokenLeasing pool, IClearances clearances, bool overGrpc, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(new CurrentCatalog(ModelCatalogLoader.BuiltIn()));
        builder.Services.AddSingleton<SecretProtector, PlainProtector>();
        builder.Services.AddSingleton<StopSignal>();
        builder.Services.AddSingleton(pool);
        builder.Services.AddSingleton(clearances);
        builder.Services.AddSingleton(new BusTransport(null, Alone: true));
        builder.Services.AddSingleton(new BusReach(true));
        builder.Services.AddGrpc();
        builder.AddUpstream();
        var app = builder.Build();
        app.MapGrpcService<UpstreamChatRpc>();
        app.MapGrpcService<UpstreamModelsRpc>();
        app.MapGrpcService<UpstreamQuotasRpc>();
        await app.StartAsync(cancellationToken);
        return new UpstreamHome(app, overGrpc ? GrpcChannel.ForAddress(app.Urls.First()) : null);
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
