using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;
using Outcome = GrokForge.Contracts.Tokens.RefreshedToken.Types.Outcome;

namespace GrokForge.Admin.Tokens;

/// <summary>Has quota windows read upstream now.</summary>
internal static class TokenRefresh
{
    /// <summary>Tokens per call of the contract.</summary>
    public const int AtOnce = 1000;

    public static async Task<IResult> HandleAsync(string id, ITokenAdmin tokens, CancellationToken cancellationToken)
    {
        if (TokenFaults.Id(id) is not { } number)
            return TokenFaults.InvalidId;

        var token = (await tokens.RefreshAsync(new RefreshTokensRequest { Ids = { number } }, cancellationToken)).Tokens[0];
        return token.Outcome switch
        {
            Outcome.Read => AdminJson.Answer(TokenJson.From(token.Token)),
            Outcome.NotFound => TokenFaults.Missing(number),
            Outcome.Waiting => new AdminError(
                StatusCodes.Status429TooManyRequests, "not_read_yet", FaultOf(token)!, RetryAfter: TimeSpan.FromSeconds(token.RetryAfterSeconds)),
            Outcome.NotActive => new AdminError(StatusCodes.Status409Conflict, "token_not_active", FaultOf(token)!),
            _ => new AdminError(StatusCodes.Status409Conflict, "no_quota_upstream", FaultOf(token)!),
        };
    }

    /// <summary>Why a token was not read, in one sentence; null: it was.</summary>
    public static string? FaultOf(RefreshedToken token) => token.Outcome switch
    {
        Outcome.Read => null,
        Outcome.NotFound => $"There is no token {token.Id}.",
        Outcome.NotActive when token.Token.StatusReason.Length > 0 => $"Token {token.Id} is {token.Token.Status}: {token.Token.StatusReason}",
        Outcome.NotActive => $"Token {token.Id} is {token.Token.Status}; only active tokens are read.",
        Outcome.Waiting => $"Token {token.Id} was not read yet: it was read or refused lately (token.refresh_spacing), or the upstream was not reached. It stays asked for.",
        _ => $"The upstream counts no mode of token {token.Id}.",
    };
}
