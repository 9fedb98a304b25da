using GrokForge.MediaCache.Store;
using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.MediaCache;

/// <summary>Stores and serves media files. Until the media store exists its doors say so.</summary>
public static class MediaCacheModule
{
    public static WebApplicationBuilder AddMediaCache(this WebApplicationBuilder builder) => builder;

    public static WebApplication MapMediaCache(this WebApplication app)
    {
        app.MapFiles();
        return app;
    }

    public static WebApplication MapMediaCacheRpc(this WebApplication app)
    {
        app.MapRpc<MediaStoreRpc>();
        return app;
    }
}
