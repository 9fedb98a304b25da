using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.HotState;

/// <summary>Registers the connection to Redis.</summary>
internal static class RedisModule
{
    private const string Section = "Aspire:StackExchange:Redis";

    public static void AddRedis(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var connectionString = configuration.GetConnectionString("redis") ?? configuration[$"{Section}:redis:ConnectionString"] ?? configuration[$"{Section}:ConnectionString"];

        builder.Services.AddSingleton(services => new RedisConnection(
            connectionString, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<RedisConnection>>()));
    }
}
