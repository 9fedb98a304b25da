namespace GrokForge.Admin;

/// <summary>Administration over REST.</summary>
public static class AdminModule
{
    public static WebApplicationBuilder AddAdmin(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapAdmin(this WebApplication app) => app;

    public static WebApplication MapAdminRpc(this WebApplication app) => app;
}
