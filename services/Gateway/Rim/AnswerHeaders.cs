namespace GrokForge.Gateway.Rim;

/// <summary>Puts the headers on every answer that browsers and support need: the security headers and the request's id.</summary>
internal sealed class AnswerHeaders(RequestDelegate next)
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; " +
        "media-src 'self' https:; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        // At the last moment, so that an answer forwarded from another service keeps its own.
        context.Response.OnStarting(static state => Apply((HttpContext)state), context);
        return next(context);
    }

    private static Task Apply(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.TryAdd("X-Content-Type-Options", "nosniff");
        headers.TryAdd("X-Frame-Options", "DENY");
        headers.TryAdd("Referrer-Policy", "strict-origin-when-cross-origin");
        headers.TryAdd("Content-Security-Policy", ContentSecurityPolicy);
        headers.TryAdd("x-request-id", context.TraceIdentifier);
        return Task.CompletedTask;
    }
}
