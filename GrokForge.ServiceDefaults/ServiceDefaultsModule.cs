using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.HotState;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrokForge.ServiceDefaults;

/// <summary>What every service has: settings, logs, telemetry, health, stores, bus, internal calls.</summary>
public static class ServiceDefaultsModule
{
    /// <summary>Adds the defaults. <paramref name="service"/> is the service's name in discovery, logs and internal calls, such as tokenpool.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        var settings = builder.AddSettings(service).Current;

        var folder = DataFolder.Resolve(settings.App.DataDir);
        builder.Services.AddSingleton(folder);
        builder.Services.AddSingleton(Database.Resolve(settings.App, builder.Configuration, folder, service));
        builder.Services.AddSingleton<StopSignal>();
        builder.Services.AddSingleton<ReadinessReasons>();
        builder.AddMigrations();
        builder.AddRedis();
        builder.AddBus(service);
        builder.AddCalls(service);
        return builder;
    }

    /// <summary>Maps health, metrics and what else every service shows.</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        app.UseRpcDoor();
        return app;
    }
}
