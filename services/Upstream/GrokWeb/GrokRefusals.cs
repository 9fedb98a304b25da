using System.Net;
using System.Text;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Says what an answer other than 200 means: for the token, and for the tries that follow.</summary>
internal static class GrokRefusals
{
    private const int BodyLimit = 4096;
    private static readonly string[] ChallengeWords = ["just a moment", "challenge-platform", "__cf_chl", "cf-chl-", "cloudflare"];
    private static readonly string[] PolicyWords =
        ["content policy", "content-policy", "content_policy", "safety", "usage guidelines", "usage policy", "moderated", "moderation", "violates"];

    /// <summary>Reads as much of the body as tells the cases apart.</summary>
    public static async Task<Refusal> ReadAsync(HttpResponseMessage response, SettingsSnapshot settings, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[BodyLimit];
        var read = await stream.ReadAtLeastAsync(bytes, BodyLimit, throwOnEndOfStream: false, cancellationToken);
        var retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        var refusal = Classify(response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", Encoding.UTF8.GetString(bytes, 0, read), retryAfter);
        return Refusal.OfListed((int)response.StatusCode, refusal, settings);
    }

    public static Refusal Classify(HttpStatusCode status, string mediaType, string body, TimeSpan? retryAfter) => (int)status switch
    {
        401 => Refusal.TokenInvalid,
        403 => Forbidden(mediaType, body.Trim()),
        429 => Refusal.QuotaExhausted(retryAfter),
        400 when SaysAny(body, PolicyWords) => Refusal.Policy,
        407 => Refusal.ProxyRefuses,
        408 or 425 or >= 500 => Refusal.Unavailable($"answered {(int)status}"),
        >= 300 and < 400 => Refusal.Hopeless($"answered with a redirection ({(int)status})", "Check upstream.web_base_url."),
        _ => Refusal.Hopeless($"did not understand the request ({(int)status})", "Check upstream.web_base_url and the model's mode in the catalog."),
    };

    /// <summary>HTML or nothing comes from the gate before the upstream; JSON is the application's own decision.</summary>
    private static Refusal Forbidden(string mediaType, string body)
    {
        if (body.Length == 0 || mediaType.Contains("html", StringComparison.OrdinalIgnoreCase) || body[0] == '<')
            return Refusal.Challenge;
        if (Says(body, "anti-bot"))
            return Refusal.AntiBot;
        if (Says(body, "blocked-user") || Says(body, "user is blocked"))
            return Refusal.TokenBlocked;

        var isJson = body[0] is '{' or '[';
        if (!isJson && SaysAny(body, ChallengeWords))
            return Refusal.Challenge;
        return SaysAny(body, PolicyWords) ? Refusal.Policy : Refusal.TokenRejected;
    }

    private static bool SaysAny(string body, string[] words) => Array.Exists(words, word => Says(body, word));

    private static bool Says(string body, string word) => body.Contains(word, StringComparison.OrdinalIgnoreCase);
}
