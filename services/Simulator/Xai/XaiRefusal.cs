using System.Globalization;
using System.Text.Json.Nodes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Xai;

/// <summary>How the official API refuses: {"code":"…","error":"…"}</summary>
public static class XaiRefusal
{
    /// <summary>401: no key, or one that is not valid any more.</summary>
    public static Answer Unauthorized() => Of(401, "Unauthenticated", "Invalid or missing credentials.");

    /// <summary>400, as this API says it of a key that it does not know.</summary>
    public static Answer IncorrectKey() =>
        Of(400, "Client specified an invalid argument", "Incorrect API key provided: xa***en. You can obtain an API key from https://console.x.ai.");

    /// <summary>403: the key's team may not, or cannot pay.</summary>
    public static Answer NoCredits() => Of(
        403, "The caller does not have permission to execute the specified operation",
        "Your team 3c1f7a52-8a0e-4f3c-9d59-1f6f6b1d2c33 has no credits. Purchase some on https://console.x.ai/team/default/billing.");

    /// <summary>403: refused for its content.</summary>
    public static Answer Policy() => Of(403, "The caller does not have permission to execute the specified operation", "Content violates usage guidelines.");

    /// <summary>404: the model does not exist for this key.</summary>
    public static Answer NoSuchModel(string model) =>
        Of(404, "Some requested entity was not found", $"The model {model} does not exist or your team 3c1f7a52-8a0e-4f3c-9d59-1f6f6b1d2c33 does not have access to it.");

    /// <summary>429 without any word on when to come back.</summary>
    public static Answer RateLimited() => Of(429, "Some resource has been exhausted", "Too many requests for team 3c1f7a52-8a0e-4f3c-9d59-1f6f6b1d2c33.");

    /// <summary>429 with a Retry-After.</summary>
    public static Answer RateLimited(TimeSpan retryAfter) =>
        RateLimited().WithHeader("Retry-After", Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>429 with the rate limit headers alone; <paramref name="reset"/> is written as it stands, such as 1m30s.</summary>
    public static Answer RateLimitedUntil(string reset) =>
        RateLimited().WithHeader("x-ratelimit-limit-requests", "60").WithHeader("x-ratelimit-remaining-requests", "0").WithHeader("x-ratelimit-reset-requests", reset);

    /// <summary>Any refusal in this API's own form.</summary>
    public static Answer Of(int status, string code, string error) =>
        Answer.Status(status, new JsonObject { ["code"] = code, ["error"] = error }.ToJsonString(), "application/json");
}
