using System.Collections.Frozen;
using System.Text;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Quotas;
using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Fetching;
using GrokForge.Gateway.Images;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Models;
using GrokForge.Gateway.Pictures;
using GrokForge.Gateway.Rim;
using GrokForge.Gateway.StartPage;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>The gateway's doors on a real Kestrel, before a scripted upstream. Keys are tested with their store; here every request has <see cref="Key"/>.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app, ScriptedUpstream upstream)
    {
        _app = app;
        Upstream = upstream;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = WatchedClient.Of(Address, TimeSpan.FromSeconds(60));
    }

    public ScriptedUpstream Upstream { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>The key of every request; null: none.</summary>
    public RequestKey? Key { get; set; } = new(1, "test", []);

    public StopSignal Stop => _app.Services.GetRequiredService<StopSignal>();

    public BodyBudget Budget => _app.Services.GetRequiredService<BodyBudget>();

    public static async Task<GatewayHost> StartAsync(AppOptions? options, TimeProvider? time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton(new CurrentSettings(new SettingsSnapshot { App = options ?? new AppOptions() }));
        builder.Services.AddSingleton(new CurrentCatalog(Catalog()));
        builder.Services.AddSingleton<StopSignal>();
        builder.Services.AddSingleton<UsageRecorder>();
        var upstream = new ScriptedUpstream();
        builder.Services.AddSingleton<IUpstreamChat>(upstream);
        builder.Services.AddSingleton<IUpstreamModels>(upstream);
        builder.AddRim();
        builder.AddFetching();
        builder.AddImages();
        builder.AddChat();
        builder.AddPictures();
        builder.AddModels();

        var app = builder.Build();
        GatewayHost? host = null;
        app.UseRim();
        var v1 = app.MapGroup("/v1").AddEndpointFilter((context, next) =>
        {
            if (host?.Key is { } key)
                context.HttpContext.Features.Set(key);
            return next(context);
        });
        v1.MapChat();
        v1.MapPictures();
        v1.MapModels();
        app.MapStartPage();
        await app.StartAsync(cancellationToken);
        return host = new GatewayHost(app, upstream);
    }

    public static Task<GatewayHost> StartAsync(CancellationToken cancellationToken) => StartAsync(null, null, cancellationToken);

    public Task<HttpResponseMessage> ChatAsync(string body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "/v1/chat/completions", Json(body), cancellationToken);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>The usage record of the next request that ended.</summary>
    public async Task<UsageEntry> NextUsageAsync(CancellationToken cancellationToken) =>
        await _app.Services.GetRequiredService<UsageRecorder>().Entries.ReadAsync(cancellationToken);

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static ModelCatalog Catalog()
    {
        var auto = new Mode("auto", "Auto", "auto", TimeSpan.FromHours(2), FrozenDictionary<string, int>.Empty, Local: false);
        CatalogModel Model(string id, ModelType type = ModelType.Chat, bool hidden = false, string floor = "basic") =>
            new(id, type, floor, auto, "", false, false, TimeSpan.Zero, ["grok_web"], hidden);
        return new ModelCatalog([auto], [
            Model("grok-4.20"), Model("grok-4.20-heavy", floor: "heavy"), Model("grok-hidden", hidden: true),
            Model("grok-imagine-video", ModelType.Video), Model("vendor/odd model"),
            Model("api-both", hidden: true) with { Routes = ["grok_web", "xai"], UpstreamModel = "grok-4-api" }]);
    }
}
