using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.Admin.Rim;

/// <summary>Reads and writes the JSON of the admin REST: snake_case, strict types, and its own options, as one process may serve other doors too.</summary>
internal static class AdminJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    public static IResult Answer<T>(T body, int status = StatusCodes.Status200OK) => Results.Json(body, Options, statusCode: status);

    /// <summary>Reads the request's body, or says what is wrong with it.</summary>
    /// <param name="limit">Bytes it may have.</param>
    public static async Task<(T? Body, AdminError? Error)> ReadAsync<T>(HttpContext http, long limit) where T : class
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit;
        try
        {
            var body = await JsonSerializer.DeserializeAsync<T>(http.Request.Body, Options, http.RequestAborted);
            return body is null ? (null, AdminError.Bad("invalid_json", "The body must be a JSON object.")) : (body, null);
        }
        catch (JsonException e)
        {
            var field = e.Path is { Length: > 2 } path ? path[2..] : null;
            return (null, AdminError.Bad("invalid_json", field is null ? "The body is not valid JSON." : $"The body is not as expected at {field}.", field));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, new AdminError(StatusCodes.Status413PayloadTooLarge, "request_too_large", $"The body may have at most {limit} bytes."));
        }
        catch (BadHttpRequestException)
        {
            return (null, AdminError.Bad("invalid_json", "The body could not be read."));
        }
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DictionaryKeyPolicy = null,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.MakeReadOnly();
        return options;
    }
}
