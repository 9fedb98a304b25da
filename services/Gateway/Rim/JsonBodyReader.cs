using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

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

        // The limit is counted here, so that a client still sending gets its 413 instead of a reset connection. What is sent compressed may be much and come to nothing.
        var compressed = context.Features.Get<CompressedBody>() is not null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = compressed ? limit : null;

        var share = budget.Open();
        context.Response.RegisterForDispose(share);
        var body = new PooledBytes((int)Math.Clamp(request.ContentLength ?? 0, 256, FirstBytes));
        OpenAIError? error = null;
        try
        {
            error = await FillAsync(request.BodyReader, body, share, limit, cancellationToken);
        }
        catch (Exception e) when (compressed && BodyEncodings.IsCorrupt(e))
        {
            error = Corrupt;
        }

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
        // Those that are known were taken away with their inflation.
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            request.HttpContext.Response.Headers.AcceptEncoding = BodyEncodings.Known;
            return Unsupported($"This door takes bodies with one Content-Encoding of {BodyEncodings.Known}, or without.");
        }

        return TakesAsJson(request.ContentType) ? null : Unsupported("This door takes Content-Type: application/json, in UTF-8.");
    }

    /// <summary>Clients name JSON in many ways: not at all, as text, with a charset that it does not have. Only what cannot be JSON in UTF-8 is refused.</summary>
    private static bool TakesAsJson(string? contentType)
    {
        var text = contentType.AsSpan();
        var end = text.IndexOf(';');
        var type = (end < 0 ? text : text[..end]).Trim();
        var parameters = end < 0 ? default : text[end..];
        var isJson = type.IsEmpty || type.Equals("text/plain", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
        return isJson && !parameters.Contains("utf-16", StringComparison.OrdinalIgnoreCase) && !parameters.Contains("utf-32", StringComparison.OrdinalIgnoreCase);
    }

    private static OpenAIError Corrupt { get; } =
        new(StatusCodes.Status400BadRequest, "invalid_content_encoding", "The request's body is not what its Content-Encoding says, or cut off.");

    private static OpenAIError Unsupported(string message) => new(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", message);

    private static OpenAIError TooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "request_too_large", $"The request's body is larger than {limit} bytes.");
}
