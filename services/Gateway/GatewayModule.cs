namespace GrokForge.Gateway;

/// <summary>The public door: keys, limits, dialects, streaming, usage, settings.</summary>
public static class GatewayModule
{
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapGateway(this WebApplication app) => app;

    public static WebApplication MapGatewayRpc(this WebApplication app) => app;
}
