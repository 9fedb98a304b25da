namespace GrokForge.Gateway.Rim;

/// <summary>The last line under /v1: whatever ends without a body, or by an exception, is answered in the OpenAI envelope.</summary>
internal sealed partial class EnvelopeRim(RequestDelegate next, ILogger<EnvelopeRim> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        OpenAIError? error = null;
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            error = OpenAIError.FromStatus(e.StatusCode, context.Request);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            Log.Failed(logger, e, context.Request.Method, context.Request.Path);
            error = OpenAIError.Internal;
        }

        error ??= WithoutBody(context);
        if (error is not null)
            await error.ExecuteAsync(context);
    }

    /// <returns>What is still to be told the client; null: the answer is complete.</returns>
    private static OpenAIError? WithoutBody(HttpContext context)
    {
        var response = context.Response;
        var bodyless = !response.HasStarted && response.ContentLength is null && string.IsNullOrEmpty(response.ContentType);
        return bodyless && response.StatusCode >= StatusCodes.Status400BadRequest
            ? OpenAIError.FromStatus(response.StatusCode, context.Request)
            : null;
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "Answering {Method} {Path} failed.")]
        public static partial void Failed(ILogger logger, Exception exception, string method, PathString path);
    }
}
