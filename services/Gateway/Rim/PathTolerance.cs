namespace GrokForge.Gateway.Rim;

/// <summary>
/// Understands the addresses that clients make of a base URL with or without /v1 and slashes: /v1/models, /models, /v1/v1/models, //v1//models/ are one door.
/// A start-up filter, as it must come before routing, which is the first in a pipeline. Nothing but the API's own doors is ever rewritten, and always to /v1/…: there keys, limits and CORS are.
/// </summary>
internal sealed class PathTolerance : IStartupFilter
{
    private static readonly PathString Root = new("/v1");

    /// <summary>The doors under /v1 that are also found without it.</summary>
    private static readonly PathString[] Doors = [new("/chat/completions"), new("/images/generations"), new("/models")];

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(static (context, next) =>
        {
            context.Request.Path = Canonical(context.Request.Path);
            return next(context);
        });
        next(app);
    };

    /// <summary>The path as routing knows it; a path that is not the API's comes back as it is. What is still percent-encoded stays so.</summary>
    internal static PathString Canonical(PathString path)
    {
        var text = path.Value ?? "";
        if (IsUsual(text))
            return path;

        // Never by the conversion from string to path, which decodes: what the client encoded twice would become what it is not.
        var tidy = new PathString("/" + string.Join('/', text.Split('/', StringSplitOptions.RemoveEmptyEntries)));
        var rest = tidy;
        while (rest.StartsWithSegments(Root, out var below))
            rest = below;
        var isApi = rest != tidy || Doors.Any(door => tidy.StartsWithSegments(door));
        return isApi ? Root.Add(rest) : path;
    }

    /// <summary>Nearly all requests: /v1/…, in order as it is.</summary>
    private static bool IsUsual(string path) =>
        path.StartsWith("/v1/", StringComparison.Ordinal) && !path.StartsWith("/v1/v1", StringComparison.OrdinalIgnoreCase)
        && !path.EndsWith('/') && !path.Contains("//", StringComparison.Ordinal);
}
