using GrokForge.Gateway.Limits;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Gateway.Keys;

/// <summary>Lets a request under /v1 in: its virtual key must be known, active, in time and within its limits. Sets the <see cref="RequestKey"/> feature.</summary>
internal sealed partial class VirtualKeyFilter(
    KeyDirectory directory, UnknownKeyBudget unknownKeys, IKeyLimits limits, TimeProvider time, ILogger<VirtualKeyFilter> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        return await AdmitAsync(http) is { } refusal ? refusal : await next(context);
    }

    /// <summary>Null where the request is let in.</summary>
    internal async ValueTask<OpenAIError?> AdmitAsync(HttpContext http)
    {
        var presented = PresentedKey.Of(http.Request.Headers);
        if (presented is null)
            return Unauthorized(http, "No API key was given. Send it as 'Authorization: Bearer gf-…' or as 'x-api-key'.");
        if (!KeyText.IsWellFormed(presented))
            return Unauthorized(http, "This is not an API key of this gateway: those begin with gf- and have 48 hex digits.");

        try
        {
            var hash = KeyHash.Of(KeyText.Hash(presented));
            if (!directory.TryFind(hash, out var known))
            {
                var (read, wait) = await ReadAsync(hash, http);
                if (wait is { } retryAfter)
                    return TooManyUnknown(retryAfter);
                known = read;
            }

            return Refusal(http, known) ?? await CountAsync(http, known!);
        }
        catch (Exception e) when (DatabaseFault.Is(e))
        {
            Log.DatabaseAway(logger, e);
            return OpenAIError.Unavailable("API keys cannot be checked at the moment. Try again soon.");
        }
    }

    private async ValueTask<(KnownKey? Key, TimeSpan? Wait)> ReadAsync(KeyHash hash, HttpContext http)
    {
        // A key that was good a while ago must not suffer from strangers behind the same address, and a burst with one key is one look-up.
        if (directory.HasSeen(hash) || directory.IsBeingRead(hash))
            return (await directory.ReadAsync(hash, http.RequestAborted), null);

        var address = http.Connection.RemoteIpAddress;
        if (unknownKeys.Take(address) is { } wait)
            return (null, wait);

        var key = await directory.ReadAsync(hash, http.RequestAborted);
        if (key is not null)
            unknownKeys.GiveBack(address);
        return (key, null);
    }

    private OpenAIError? Refusal(HttpContext http, KnownKey? key) => key switch
    {
        null => Unauthorized(http, "The API key is not known. It may have been deleted or regenerated."),
        { IsActive: false } => Unauthorized(http, "The API key is disabled."),
        { ExpiresAt: { } end } when end <= time.GetUtcNow() => Unauthorized(http, "The API key has expired."),
        _ => null,
    };

    private async ValueTask<OpenAIError?> CountAsync(HttpContext http, KnownKey key)
    {
        http.Features.Set(key.Key);
        var readsOnly = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        var verdict = await limits.AdmitAsync(new LimitWish(key.Key.Id, key.RateLimit, key.DailyLimit, CountsForDay: !readsOnly), http.RequestAborted);
        LimitHeaders.Write(http.Response.Headers, verdict);
        if (verdict.Refusal == LimitRefusal.Minute)
            return TooMany("rate_limit_exceeded", $"This API key may send {verdict.Limit} requests per minute.", verdict.RetryAfter);
        if (verdict.Refusal == LimitRefusal.Day)
            return TooMany("daily_limit_exceeded", $"This API key may send {verdict.Limit} requests per UTC day.", verdict.RetryAfter) with { ShouldRetry = false };

        if (verdict.CountedDay >= 0)
            http.Response.OnCompleted(() => RefundFailureAsync(http, key.Key.Id, verdict));
        return null;
    }

    private async Task RefundFailureAsync(HttpContext http, long keyId, LimitVerdict verdict)
    {
        // A stream's status is said before its end is known; the door that answered knows how it ended.
        if (!(http.Features.Get<KeyUse>()?.Costs ?? KeyUse.Counts(http.Response.StatusCode, "")))
            await limits.RefundDayAsync(keyId, verdict, CancellationToken.None);
    }

    private static OpenAIError Unauthorized(HttpContext http, string message)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return new OpenAIError(StatusCodes.Status401Unauthorized, "invalid_api_key", message);
    }

    private static OpenAIError TooMany(string code, string message, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, code, message, RetryAfter: retryAfter);

    private static OpenAIError TooManyUnknown(TimeSpan retryAfter) =>
        TooMany("rate_limit_exceeded", "Too many unknown API keys came from this address.", retryAfter);

    private static partial class Log
    {
        [LoggerMessage(4102, LogLevel.Error, "The database is away; a request with an API key that is not remembered was refused.")]
        public static partial void DatabaseAway(ILogger logger, Exception exception);
    }
}
