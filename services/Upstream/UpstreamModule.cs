namespace GrokForge.Upstream;

/// <summary>Providers: builds upstream requests, retries, reads answers into events.</summary>
public static class UpstreamModule
{
    public static WebApplicationBuilder AddUpstream(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapUpstream(this WebApplication app) => app;

    public static WebApplication MapUpstreamRpc(this WebApplication app) => app;
}
