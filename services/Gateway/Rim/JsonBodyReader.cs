using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace GrokForge.Gateway.Rim;

/// <summary>Reads a request's JSON body into memory, within the limit of its door and the budget of the process.</summary>
internal sealed class JsonBodyReader(BodyBudget budget)
{
    private const int FirstBytes = 16 * 1024;

    /// <returns>The body, to be disposed as soon as it is parsed; or why it is refused.</returns>
    public async Task<(PooledBytes? Body, OpenAIError? Error)> ReadAsync(HttpContext context, long limit, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (Unsupported(request) is { } unsupported)
            return (null, unsupported);
        if (request.ContentLength > limit)
            return (null, TooLarge(limit));

        // The limit is counted here, so that a client still sending gets its 413 instead of a reset connection.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;

        var share = budget.Open();
        context.Response.RegisterForDispose(share);
        var body = new PooledBytes((int)Math.Clamp(request.ContentLength ?? 0, 256, FirstBytes));
        var error = await FillAsync(request.BodyReader, body, share, limit, cancellationToken);
        if (error is null)
            return (body, null);
        body.Dispose();
        return (null, error);
    }

    private static async Task<OpenAIError?> FillAsync(PipeReader reader, PooledBytes body, BodyBudget.Share share, long limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var arrived = body.Length + read.Buffer.Length;
            var error = arrived > limit ? TooLarge(limit)
                : share.TryGrowTo(arrived) ? null
                : OpenAIError.Unavailable("Request bodies in flight fill app.max_body_bytes_in_flight; try again shortly.");
            if (error is null)
            {
                foreach (var segment in read.Buffer)
                    body.Append(segment.Span);
            }

            reader.AdvanceTo(read.Buffer.End);
            if (error is not null || read.IsCompleted)
                return error;
        }
    }

    private static OpenAIError? Unsupported(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return Unsupported("This door takes bodies without Content-Encoding.");
        if (string.IsNullOrEmpty(request.ContentType))
            return null;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !IsJson(type))
            return Unsupported("This door takes Content-Type: application/json.");
        return type.Charset.Length > 0 && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)
            ? Unsupported("This door takes JSON in UTF-8.")
            : null;
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        type.SubTypeWithoutSuffix.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase);

    private static OpenAIError Unsupported(string message) => new(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", message);

    private static OpenAIError TooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "request_too_large", $"The request's body is larger than {limit} bytes.");
}
