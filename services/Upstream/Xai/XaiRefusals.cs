using System.Net.Http.Headers;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Xai;

/// <summary>Says what an answer other than 200 means: for the key, for the tries that follow, and for the client where it is its own mistake.</summary>
internal static class XaiRefusals
{
    private const int BodyLimit = 64 * 1024;
    private static readonly string[] PolicyWords = ["usage guidelines", "usage policy", "content policy", "content_policy", "content moderation", "safety_check"];

    /// <summary>Reads as much of the body as tells the cases apart. One that breaks or never ends leaves the status, which counts all the same.</summary>
    /// <param name="key">Taken out of whatever the upstream says.</param>
    public static async Task<Refusal> ReadAsync(XaiResponse response, string key, TimeProvider time, TryLimits limits)
    {
        var bytes = new byte[BodyLimit];
        var read = 0;
        try
        {
            await using var stream = await response.ReadAsync(limits.Token);
            for (var more = 1; more > 0 && read < BodyLimit; read += more)
            {
                limits.Waiting();
                more = await stream.ReadAsync(bytes.AsMemory(read), limits.Token);
                limits.Arrived();
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && limits.Passed))
        {
        }

        return Classify((int)response.Status, XaiError.Read(bytes.AsSpan(0, read), key), ResumeAfter(response.Headers, time.GetUtcNow()));
    }

    /// <summary>Says what an error means that stands where an answer, or its next piece, was due.</summary>
    public static Refusal InAnswer(XaiError error)
    {
        var refusal = error.Status == 0 ? Refusal.Unavailable("reported an error in its answer") : Classify(error.Status, error, null);
        if (refusal.Told is not null || refusal.Outcome != LeaseOutcome.UpstreamUnavailable || error.Message.Length == 0)
            return refusal;
        return refusal with
        {
            Told = new Failed { Kind = Failed.Types.Kind.Upstream, HttpStatus = 502, Code = "upstream_error", Message = $"The upstream reported an error in its answer: {error.Message}" },
        };
    }

    public static Refusal Classify(int status, XaiError error, TimeSpan? resumeAfter) => status switch
    {
        400 when error.IsAboutKey => Refusal.TokenInvalid,
        400 or 403 when Array.Exists(PolicyWords, error.Says) => Refusal.Policy,
        401 => Refusal.TokenInvalid,
        402 => Refusal.TokenRejected with { What = "asks for a payment (402)", Remedy = "Check the credits of the key's team." },
        403 => Refusal.TokenRejected with { Remedy = "Check the credits of the key's team and which models it may use." },
        429 => RateLimited(resumeAfter),
        407 => Refusal.ProxyRefuses,
        408 or 425 or >= 500 => Refusal.Unavailable($"answered {status}"),
        // "The model x does not exist or your team … does not have access to it": another key's team may have. The token is not to blame for what a client asks.
        404 when error.Says("access") => Mistaken(status, error) with { Next = NextStep.NextToken, Remedy = "Check which models the key's team may use." },
        >= 400 => Mistaken(status, error),
        _ => Refusal.Hopeless($"answered {status} where an answer was due", $"Check {XaiClient.AddressSetting}."),
    };

    /// <summary>How long a key has to rest: Retry-After, else the reset of the limit that is used up.</summary>
    public static TimeSpan? ResumeAfter(HttpResponseHeaders headers, DateTimeOffset now) => headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > now ? date - now : null,
        _ => RateLimitReset.Of(headers, now),
    };

    private static Refusal RateLimited(TimeSpan? resumeAfter) => Refusal.QuotaExhausted(resumeAfter) with
    {
        What = "says that the rate limit of the key is reached (429)",
        Told = new Failed
        {
            Kind = Failed.Types.Kind.RateLimited,
            HttpStatus = 429,
            Code = "rate_limit_exceeded",
            Message = "The upstream's rate limit is reached for every API key of this gateway that could be tried.",
            RetryAfterSeconds = resumeAfter?.TotalSeconds ?? 0,
        },
    };

    /// <summary>The request itself is refused: no other key can do better, and its client is told why in the upstream's own words.</summary>
    private static Refusal Mistaken(int status, XaiError error) => new(LeaseOutcome.RefusedByPolicy, NextStep.GiveUp, $"refused the request ({status})", "")
    {
        Told = new Failed
        {
            Kind = Failed.Types.Kind.InvalidRequest,
            HttpStatus = status,
            Code = status switch
            {
                _ when error.Code.Length > 0 => error.Code,
                404 => "model_not_found",
                413 => "request_too_large",
                _ => "",
            },
            Param = error.Param,
            Message = error.Message.Length > 0 ? error.Message : $"The upstream refused this request ({status}).",
        },
    };
}
