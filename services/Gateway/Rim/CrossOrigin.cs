using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Rim;

/// <summary>Lets browsers of the allowed origins call /v1: answers preflights, which carry no key, and marks every other answer, errors and streams included.</summary>
internal sealed class CrossOrigin(RequestDelegate next, CurrentSettings settings)
{
    private const string Methods = "GET, HEAD, POST, DELETE, OPTIONS";
    private const string UsualHeaders = "authorization, content-type, x-api-key";
    private const string ExposedHeaders =
        "x-request-id, retry-after, x-should-retry, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, " +
        "x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

    public Task InvokeAsync(HttpContext context)
    {
        var origins = settings.Current.App.CorsOrigins;
        var headers = context.Response.Headers;
        var allowed = Allowed(origins, context.Request.Headers.Origin.ToString());
        if (allowed is not null)
        {
            headers.AccessControlAllowOrigin = allowed;
            headers.AccessControlExposeHeaders = ExposedHeaders;
        }

        if (!origins.Contains("*"))
            headers.Append("Vary", "Origin");
        if (!HttpMethods.IsOptions(context.Request.Method))
            return next(context);

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Allow = Methods;
        if (allowed is not null)
        {
            headers.AccessControlAllowMethods = Methods;
            headers.AccessControlAllowHeaders = AllowedHeaders(context.Request.Headers.AccessControlRequestHeaders.ToString());
            headers.AccessControlMaxAge = "86400";
        }

        return Task.CompletedTask;
    }

    private static string? Allowed(string[] origins, string origin)
    {
        if (origins.Contains("*"))
            return "*";
        return origins.Contains(origin, StringComparer.OrdinalIgnoreCase) ? origin : null;
    }

    /// <summary>What was asked for, as clients add headers of their own (x-stainless-*); the usual ones where that is no plain list of names.</summary>
    private static string AllowedHeaders(string asked)
    {
        if (asked.Length is 0 or > 4096)
            return UsualHeaders;
        foreach (var c in asked)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or ',' or ' ' or '.'))
                return UsualHeaders;
        }

        return asked;
    }
}
