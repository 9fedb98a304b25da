using GrokForge.ServiceDefaults.HotState;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.Builder;

namespace GrokForge.ServiceDefaults.Health;

/// <summary>Registers readiness, the drain and the watch over the database.</summary>
internal static class HealthModule
{
    public static void AddHealth(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<StopSignal>();
        builder.Services.AddSingleton<RequestsInFlight>();
        builder.Services.AddSingleton<DrainParts>();
        builder.Services.AddSingleton(services => WithRedis(services.GetRequiredService<RedisConnection>()));
        builder.Services.AddHostedService<Drain>();
        if (!NpgsqlStoreOptions.From(builder.Configuration).DisableHealthChecks)
            builder.Services.AddHostedService<DatabaseWatch>();
    }

    private static ReadinessReasons WithRedis(RedisConnection redis)
    {
        var reasons = new ReadinessReasons();
        if (redis.IsConfigured)
            reasons.Add("redis", () => redis.AwayFor is { Ticks: > 0 } away ? Readiness.Degraded($"Redis has been away for {away.TotalSeconds:F0} s.") : Readiness.Ready);
        return reasons;
    }
}
