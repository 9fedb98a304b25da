namespace GrokForge.MediaCache;

/// <summary>Stores and serves media files.</summary>
public static class MediaCacheModule
{
    public static WebApplicationBuilder AddMediaCache(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapMediaCache(this WebApplication app) => app;

    public static WebApplication MapMediaCacheRpc(this WebApplication app) => app;
}
