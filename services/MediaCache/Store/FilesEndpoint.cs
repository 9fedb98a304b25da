namespace GrokForge.MediaCache.Store;

/// <summary>The public door of media files: 501 until the media store exists.</summary>
internal static class FilesEndpoint
{
    public static void MapFiles(this WebApplication app) =>
        app.MapMethods("/api/files/{type}/{name}", [HttpMethods.Get, HttpMethods.Head], NotYet);

    private static async Task NotYet(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status501NotImplemented;
        context.Response.Headers["x-should-retry"] = "false";
        await context.Response.WriteAsJsonAsync(
            new { error = new { message = "Media files are not served yet.", type = "server_error", param = (string?)null, code = "not_implemented" } },
            context.RequestAborted);
    }
}
