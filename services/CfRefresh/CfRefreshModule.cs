using GrokForge.CfRefresh.Clearance;
using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.CfRefresh;

/// <summary>Keeps Cloudflare clearances fresh. Until solving exists its door says so.</summary>
public static class CfRefreshModule
{
    public static WebApplicationBuilder AddCfRefresh(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapCfRefresh(this WebApplication app) => app;

    public static WebApplication MapCfRefreshRpc(this WebApplication app)
    {
        app.MapRpc<ClearancesRpc>();
        return app;
    }
}
