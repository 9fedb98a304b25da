namespace GrokForge.TokenPool;

/// <summary>Lends, settles, imports and administers upstream tokens.</summary>
public static class TokenPoolModule
{
    public static WebApplicationBuilder AddTokenPool(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapTokenPool(this WebApplication app) => app;

    public static WebApplication MapTokenPoolRpc(this WebApplication app) => app;
}
