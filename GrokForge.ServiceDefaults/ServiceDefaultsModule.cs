using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.HotState;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.ServiceDefaults.Telemetry;
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
        var settings = builder.AddSettings(service);
        var app = settings.Current.App;

        var folder = DataFolder.Resolve(app.DataDir);
        var database = Database.Resolve(app, builder.Configuration, folder, service);
        if (database.Kind == DatabaseKind.Sqlite)
            folder.EnsureWritable();
        builder.Services.AddSingleton(new ServiceName(service)).AddSingleton(folder).AddSingleton(database);
        builder.AddLogs(service, settings, folder);
        builder.AddTelemetry(service);
        builder.AddMigrations();
        builder.AddProtection(database, folder);
        builder.AddRedis();
        builder.AddHealth();
        builder.AddBus(service);
        builder.AddSavedSettings();
        builder.AddTrustedProxies(app.TrustedProxies);
        builder.AddDoors(settings.Current, builder.AddCalls(service));
        return builder;
    }

    /// <summary>Maps health, metrics and what else every service shows. Comes before the modules' own maps.</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.Use(next => context => Correlation.Invoke(context, next));
        app.UseRpcDoor();
        var requests = app.Services.GetRequiredService<RequestsInFlight>();
        app.Use(next => context => requests.Invoke(context, next));
        app.MapHealth(app.Services.GetRequiredService<ServiceName>().Value);
        app.MapPrometheusScrapingEndpoint();
        return app;
    }

    /// <summary>The name of this process among the services.</summary>
    private sealed record ServiceName(string Value);
}
