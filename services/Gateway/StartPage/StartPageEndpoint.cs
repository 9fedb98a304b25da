namespace GrokForge.Gateway.StartPage;

/// <summary>The doors / and /robots.txt: a static page that says whether the gateway runs and what to do next.</summary>
internal static class StartPageEndpoint
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static WebApplication MapStartPage(this WebApplication app)
    {
        var page = Resource("start.html");
        app.MapMethods("/", Methods, () => Results.Bytes(page, "text/html; charset=utf-8"));
        app.MapMethods("/robots.txt", Methods, () => Results.Text("User-agent: *\nDisallow: /\n", "text/plain"));
        return app;
    }

    private static byte[] Resource(string name)
    {
        using var stream = typeof(StartPageEndpoint).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
