using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;
using Grpc.Core;

namespace GrokForge.Gateway.Chat;

/// <summary>Says in the client's words what an upstream's failure means to it.</summary>
internal static class ChatFailure
{
    private const string UpstreamError = "upstream_error";

    /// <summary>The stream of events ended without saying how.</summary>
    public static OpenAIError Incomplete { get; } = new(StatusCodes.Status502BadGateway, UpstreamError, "The upstream's answer ended before it was complete.");

    public static OpenAIError From(Failed failed, ClientNames names)
    {
        var (status, code) = Known(failed.Kind);
        // An upstream's trouble with its credentials is not the caller's: clients would tell their users that the key is wrong.
        var told = failed.HttpStatus is >= 400 and <= 599 and not StatusCodes.Status401Unauthorized ? failed.HttpStatus : status;
        return new OpenAIError(
            told,
            failed.Code.Length > 0 ? failed.Code : code,
            failed.Message.Length > 0 ? failed.Message : "The upstream failed to answer.",
            failed.Param.Length > 0 ? names.Of(failed.Param) : null,
            failed.RetryAfterSeconds > 0 ? TimeSpan.FromSeconds(Math.Min(failed.RetryAfterSeconds, 86400 * 30)) : null,
            failed.Kind == Failed.Types.Kind.NotSupported && told >= 500 ? false : null);
    }

    /// <summary>For a broken way to the upstream service.</summary>
    public static OpenAIError From(RpcException broken) => broken.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => OpenAIError.Unavailable("The upstream service cannot be reached; try again shortly."),
        StatusCode.ResourceExhausted => new(StatusCodes.Status413PayloadTooLarge, "request_too_large", "The request's body is too large."),
        _ => new(StatusCodes.Status502BadGateway, UpstreamError, "The upstream service broke off its answer."),
    };

    private static (int Status, string Code) Known(Failed.Types.Kind kind) => kind switch
    {
        Failed.Types.Kind.NoToken => (StatusCodes.Status503ServiceUnavailable, "no_token_available"),
        Failed.Types.Kind.Policy => (StatusCodes.Status400BadRequest, "content_policy_violation"),
        Failed.Types.Kind.InvalidRequest => (StatusCodes.Status400BadRequest, "invalid_value"),
        Failed.Types.Kind.RateLimited => (StatusCodes.Status429TooManyRequests, "rate_limit_exceeded"),
        Failed.Types.Kind.Overloaded => (StatusCodes.Status503ServiceUnavailable, "service_unavailable"),
        Failed.Types.Kind.NotSupported => (StatusCodes.Status501NotImplemented, "not_implemented"),
        _ => (StatusCodes.Status502BadGateway, UpstreamError),
    };
}
