using System.Globalization;
using System.Text.Json.Serialization;

namespace GrokForge.Admin.Rim;

/// <summary>An error of the admin REST. This file alone writes its envelope: {"error":{"message":…,"type":…,"param":…,"code":…}}</summary>
/// <param name="Param">The field to blame; null where there is none.</param>
/// <param name="Errors">Every field to blame, where several may be; null else.</param>
/// <param name="RetryAfter">When to try again; null: unknown.</param>
internal sealed record AdminError(
    int Status, string Code, string Message, string? Param = null, IReadOnlyList<FieldError>? Errors = null, TimeSpan? RetryAfter = null) : IResult
{
    public string Type => Status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status409Conflict => "conflict",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request",
    };

    public static AdminError Bad(string code, string message, string? param = null) => new(StatusCodes.Status400BadRequest, code, message, param);

    public static AdminError Missing(string code, string message) => new(StatusCodes.Status404NotFound, code, message);

    public static AdminError Unauthorized(string code, string message) => new(StatusCodes.Status401Unauthorized, code, message);

    public static AdminError NotYet(string what) => new(StatusCodes.Status501NotImplemented, "not_implemented", $"{what} is not part of this version.");

    public static AdminError Internal { get; } =
        new(StatusCodes.Status500InternalServerError, "internal_error", "The request failed. The log names the cause under this request's x-request-id.");

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (RetryAfter is { } wait)
            httpContext.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return AdminJson.Answer(new Envelope(new Body(Message, Type, Param, Code, Errors)), Status).ExecuteAsync(httpContext);
    }

    private sealed record Envelope(Body Error);

    private sealed record Body(
        string Message, string Type, string? Param, string Code,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? Errors);
}

/// <summary>One field of a request and what is wrong with it.</summary>
internal sealed record FieldError(string Param, string Message);
