using GrokForge.CfRefresh.Clearance;
using GrokForge.CfRefresh.Solving;
using GrokForge.Contracts.Clearance;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.CfRefresh;

/// <summary>Keeps Cloudflare clearances fresh: asks a FlareSolverr at start, by the clock and when a request was challenged.</summary>
public static class CfRefreshModule
{
    public static WebApplicationBuilder AddCfRefresh(this WebApplicationBuilder builder)
    {
        builder.AddStore<ClearanceStore, PostgresClearanceStore, SqliteClearanceStore>(ClearanceStore.Schema);
        builder.Services.AddSingleton<ClearanceRows>().AddSingleton<SolveLocks>().AddSingleton<FlareSolverr>().AddSingleton<SolveNews>().AddSingleton<ClearanceGauges>();
        builder.Services.AddSingleton<SolveTargets>().AddSingleton<SolveAttempts>().AddSingleton(Keeper);
        builder.Services.AddSingleton<IClearances>(s => s.GetRequiredService<ClearanceKeeper>());
        builder.Services.AddHostedService<SolveSchedule>();
        return builder;
    }

    public static WebApplication MapCfRefresh(this WebApplication app) => app;

    public static WebApplication MapCfRefreshRpc(this WebApplication app)
    {
        app.MapRpc<ClearancesRpc>();
        return app;
    }

    private static ClearanceKeeper Keeper(IServiceProvider services)
    {
        var keeper = ActivatorUtilities.CreateInstance<ClearanceKeeper>(services);
        services.GetRequiredService<ReadinessReasons>().Add("clearance", () => keeper.Trouble() is { } trouble ? Readiness.Degraded(trouble) : Readiness.Ready);
        services.GetRequiredService<ClearanceGauges>().Show(keeper);
        return keeper;
    }
}
