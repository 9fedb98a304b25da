using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Usage;

/// <summary>Records the requests that a key's own limits turned away: they never come to the door that would.</summary>
internal sealed class LimitedUse(UsageRecorder usage, TimeProvider time) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        var http = context.HttpContext;
        // Only what could have cost something: lists are read without a record.
        if (result is OpenAIError { Status: StatusCodes.Status429TooManyRequests } error && http.Features.Get<RequestKey>() is { } key && HttpMethods.IsPost(http.Request.Method))
        {
            usage.Record(new UsageEntry
            {
                RequestId = http.TraceIdentifier,
                KeyId = key.Id,
                Endpoint = http.Request.Path,
                Status = error.Status,
                Outcome = UsageOutcome.Refused,
                Estimated = true,
                CreatedAt = time.GetUtcNow(),
            });
        }

        return result;
    }
}
