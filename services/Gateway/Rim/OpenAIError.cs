using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GrokForge.Gateway.Rim;

/// <summary>An error in OpenAI's words. This file alone turns errors into OpenAI JSON: {"error":{"message":…,"type":…,"param":…,"code":…}}</summary>
/// <param name="Param">Path of the offending field, such as messages[2].content[0]; null where no field is to blame.</param>
/// <param name="RetryAfter">When to try again; null: unknown. 429 and 503 always send a Retry-After.</param>
/// <param name="ShouldRetry">Overrides what clients conclude from the status; null: sends nothing.</param>
internal sealed record OpenAIError(
    int Status, string Code, string Message, string? Param = null, TimeSpan? RetryAfter = null, bool? ShouldRetry = null) : IResult
{
    private static readonly TimeSpan UnknownRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Type => Status switch
    {
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    /// <summary>400 with the field to blame.</summary>
    public static OpenAIError BadField(string param, string code, string message) => new(StatusCodes.Status400BadRequest, code, message, param);

    /// <summary>503 while this process has no room or is going away.</summary>
    public static OpenAIError Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, "service_unavailable", message, RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>What the gateway's own fault looks like from outside.</summary>
    public static OpenAIError Internal { get; } =
        new(StatusCodes.Status500InternalServerError, "internal_error", "The gateway failed to answer. Its log names the cause under this request's x-request-id.");

    /// <summary>For a status that was set without a body, by routing or by the server.</summary>
    public static OpenAIError FromStatus(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status404NotFound => new(status, "unknown_url", $"Unknown request URL: {request.Method} {request.Path}."),
        StatusCodes.Status405MethodNotAllowed => new(status, "method_not_allowed", $"{request.Method} is not allowed on {request.Path}."),
        StatusCodes.Status408RequestTimeout => new(status, "request_timeout", "The request's body arrived too slowly."),
        StatusCodes.Status413PayloadTooLarge => new(status, "request_too_large", "The request's body is too large."),
        StatusCodes.Status415UnsupportedMediaType => new(status, "unsupported_media_type", "The request's media type is not supported."),
        >= 500 => Internal with { Status = status },
        _ => new(status, "bad_request", "The request could not be read."),
    };

    /// <summary>Sends this error as the whole answer. Nothing may have been sent before.</summary>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is not null || Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        if (ShouldRetry is { } retry)
            response.Headers["x-should-retry"] = retry ? "true" : "false";

        var body = ToJson();
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    /// <summary>The envelope as one line of UTF-8 JSON.</summary>
    public byte[] ToJson()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, Json);
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", Message);
        json.WriteString("type", Type);
        json.WriteString("param", Param);
        json.WriteString("code", Code);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private long RetryAfterSeconds => Math.Max(1, (long)Math.Ceiling((RetryAfter ?? UnknownRetryAfter).TotalSeconds));
}
