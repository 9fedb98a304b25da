namespace GrokForge.CfRefresh;

/// <summary>Keeps Cloudflare clearances fresh.</summary>
public static class CfRefreshModule
{
    public static WebApplicationBuilder AddCfRefresh(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapCfRefresh(this WebApplication app) => app;

    public static WebApplication MapCfRefreshRpc(this WebApplication app) => app;
}
