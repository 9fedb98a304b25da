using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Limits;
using GrokForge.Gateway.SettingsOverrides;
using GrokForge.Gateway.Store;
using GrokForge.Gateway.Usage;
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
        return builder;
    }

    public static WebApplication MapGateway(this WebApplication app)
    {
        app.MapLimits();
        return app;
    }

    public static WebApplication MapGatewayRpc(this WebApplication app)
    {
        app.MapKeysRpc();
        app.MapUsageRpc();
        app.MapSettingsOverridesRpc();
        return app;
    }
}
