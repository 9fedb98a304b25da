namespace GrokForge.Admin.Rim;

/// <summary>Routes of the seed whose work does not exist here yet; they say so.</summary>
internal static class LaterRoutes
{
    public static void MapLater(this RouteGroupBuilder gated)
    {
        gated.MapGet("cache/stats", NotYet);
        gated.MapGet("cache/files", NotYet);
        gated.MapGet("cache/files/{type}/{name}", NotYet);
        gated.MapPost("cache/delete", NotYet);
        gated.MapPost("cache/clear", NotYet);
    }

    private static AdminError NotYet() => AdminError.NotYet("The media cache");
}
