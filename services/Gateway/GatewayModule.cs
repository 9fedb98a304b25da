using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Fetching;
using GrokForge.Gateway.Forwarding;
using GrokForge.Gateway.Images;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Limits;
using GrokForge.Gateway.Models;
using GrokForge.Gateway.Pictures;
using GrokForge.Gateway.Rim;
using GrokForge.Gateway.SettingsOverrides;
using GrokForge.Gateway.StartPage;
using GrokForge.Gateway.Store;
using GrokForge.Gateway.Usage;
using GrokForge.Gateway.VideoJobs;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Gateway;

/// <summary>The public door: keys, limits, dialects, streaming, usage, settings.</summary>
public static class GatewayModule
{
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        builder.AddStore<GatewayStore, PostgresGatewayStore, SqliteGatewayStore>(GatewayStore.Schema);
        builder.AddKeys();
        builder.AddLimits();
        builder.AddUsage();
        builder.AddSettingsOverrides();
        builder.AddRim();
        builder.AddFetching();
        builder.AddImages();
        builder.AddChat();
        builder.AddPictures();
        builder.AddModels();
        builder.AddForwarding();
        return builder;
    }

    public static WebApplication MapGateway(this WebApplication app)
    {
        app.MapLimits();
        app.UseRim();
        var v1 = app.MapGroup("/v1").AddEndpointFilter(app.Services.GetRequiredService<LimitedUse>()).AddEndpointFilter(app.Services.GetRequiredService<VirtualKeyFilter>());
        v1.MapChat();
        v1.MapPictures();
        v1.MapModels();
        app.MapStartPage();
        app.MapForwarding();
        return app;
    }

    public static WebApplication MapGatewayRpc(this WebApplication app)
    {
        app.MapKeysRpc();
        app.MapUsageRpc();
        app.MapSettingsOverridesRpc();
        app.MapRpc<VideoJobsRpc>();
        return app;
    }
}
