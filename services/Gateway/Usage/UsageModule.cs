using GrokForge.Contracts.Usage;
using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.Gateway.Usage;

/// <summary>Wires the recording of usage and the questions about it.</summary>
internal static class UsageModule
{
    public static WebApplicationBuilder AddUsage(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<UsageRecorder>().AddSingleton<UsageBatch>().AddSingleton<LimitedUse>().AddHostedService<UsageWriter>();
        builder.Services.AddSingleton<IUsageQueries, UsageReader>();
        return builder;
    }

    public static WebApplication MapUsageRpc(this WebApplication app)
    {
        app.MapRpc<UsageQueriesRpc>();
        return app;
    }
}
