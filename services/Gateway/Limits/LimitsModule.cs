using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.HotState;

namespace GrokForge.Gateway.Limits;

/// <summary>Wires the limits of virtual keys: in Redis where there is one, so that they hold over all replicas, in memory else.</summary>
internal static class LimitsModule
{
    public static WebApplicationBuilder AddLimits(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DailyUse>().AddSingleton<MemoryKeyLimits>().AddSingleton<SharedKeyLimits>();
        builder.Services.AddSingleton<IKeyLimits>(services =>
            services.GetRequiredService<RedisConnection>().IsConfigured
                ? services.GetRequiredService<SharedKeyLimits>()
                : services.GetRequiredService<MemoryKeyLimits>());
        return builder;
    }

    public static WebApplication MapLimits(this WebApplication app)
    {
        if (app.Services.GetRequiredService<RedisConnection>().IsConfigured)
        {
            var limits = app.Services.GetRequiredService<SharedKeyLimits>();
            app.Services.GetRequiredService<ReadinessReasons>().Add(
                "limits", () => limits.IsAway ? Readiness.Degraded("Redis is away: rate and daily limits hold per replica only.") : Readiness.Ready);
        }

        return app;
    }
}
