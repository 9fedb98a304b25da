using System.Globalization;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using Outcome = GrokForge.Contracts.Tokens.RefreshedToken.Types.Outcome;
using Wait = GrokForge.Contracts.Tokens.RefreshedToken.Types.Wait;

namespace GrokForge.Admin.Tokens;

/// <summary>Has quota windows read upstream now.</summary>
internal static class TokenRefresh
{
    /// <summary>Tokens per request: it has an answer within seconds.</summary>
    private const int AtOnce = 1000;

    /// <summary>A token that was read shortly before is answered by that reading; Retry-After then tells when a newer one can be had.</summary>
    public static async Task<IResult> HandleAsync(string id, HttpContext http, ITokenAdmin tokens, CancellationToken cancellationToken)
    {
        if (TokenFaults.Id(id) is not { } number)
            return TokenFaults.InvalidId;

        var token = (await tokens.RefreshAsync(new RefreshTokensRequest { Ids = { number } }, cancellationToken)).Tokens[0];
        switch (token.Outcome)
        {
            case Outcome.Read:
                if (SecondsOf(token) is { } seconds)
                    http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                return AdminJson.Answer(TokenJson.From(token.Token));
            case Outcome.NotFound:
                return TokenFaults.Missing(number);
            case Outcome.Waiting when token.Wait != Wait.Off:
                return new AdminError(StatusCodes.Status429TooManyRequests, "not_read_yet", FaultOf(token)!, RetryAfter: TimeSpan.FromSeconds(token.RetryAfterSeconds));
            case Outcome.Waiting:
                return new AdminError(StatusCodes.Status409Conflict, "refresh_off", FaultOf(token)!);
            case Outcome.NotActive:
                return new AdminError(StatusCodes.Status409Conflict, "token_not_active", FaultOf(token)!);
            default:
                return new AdminError(StatusCodes.Status409Conflict, "no_quota_upstream", FaultOf(token)!);
        }
    }

    /// <summary>More tokens than one request reads are refused, and none is read.</summary>
    public static AdminError? TooMany(TokenBatchRequest request) => request is { Operation: "refresh", Ids.Length: > AtOnce }
        ? AdminError.Bad("too_many_ids", $"ids: at most {AtOnce} tokens are refreshed by one request.", "ids")
        : null;

    public static async Task RunAsync(ITokenAdmin tokens, TokenBatchRequest request, TokenBatchResult result, CancellationToken cancellationToken)
    {
        result.Waiting = 0;
        if (request.Ids is not { Length: > 0 })
            return;
        var reply = await tokens.RefreshAsync(new RefreshTokensRequest { Ids = { request.Ids.Distinct() } }, cancellationToken);
        foreach (var token in reply.Tokens)
        {
            var (shown, fault) = (token.Token, FaultOf(token));
            result.Waiting += token.Outcome == Outcome.Waiting ? 1 : 0;
            if (fault is null)
                result.Tokens.Add(new TokenBatchItem(shown!.Id, shown.Masked, Pools.SeedName(shown.Pool), shown.Status));
            else
                result.Errors.Add(new TokenBatchError(null, token.Id, shown?.Masked, fault) { RetryAfter = SecondsOf(token) });
        }
        result.Success = result.Tokens.Count;
    }

    private static long? SecondsOf(RefreshedToken token) => token.RetryAfterSeconds > 0 ? (long)Math.Ceiling(token.RetryAfterSeconds) : null;

    /// <summary>Why a token was not read, in one sentence; null: it was.</summary>
    private static string? FaultOf(RefreshedToken token) => token.Outcome switch
    {
        Outcome.Read => null,
        Outcome.NotFound => $"There is no token {token.Id}.",
        Outcome.NotActive when token.Token.StatusReason.Length > 0 => $"Token {token.Id} is {token.Token.Status}: {token.Token.StatusReason}",
        Outcome.NotActive => $"Token {token.Id} is {token.Token.Status}; only active tokens are read.",
        Outcome.Waiting => $"Token {token.Id} was not read: {WhyOf(token.Wait)}. It stays asked for.",
        _ => $"The upstream counts no mode of token {token.Id}.",
    };

    private static string WhyOf(Wait wait) => wait switch
    {
        Wait.Off => "quotas are not read at all (token.refresh_concurrency is 0)",
        Wait.Paused => "the upstream is not reached, or answers with a challenge, so that nothing is read for a while",
        Wait.Resting => "its last reading failed, or it was read before its modes changed, and it rests (token.refresh_spacing, longer after failures)",
        _ => "it takes longer, or others are first (token.refresh_concurrency)",
    };
}
