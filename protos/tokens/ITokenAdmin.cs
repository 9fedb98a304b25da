namespace GrokForge.Contracts.Tokens;

/// <summary>Administers upstream tokens. Unknown ids are <c>RpcException</c> NOT_FOUND, bad fields INVALID_ARGUMENT, in both homes.</summary>
public interface ITokenAdmin
{
    Task<ListTokensReply> ListAsync(ListTokensRequest request, CancellationToken cancellationToken);

    Task<TokenView> GetAsync(TokenRef request, CancellationToken cancellationToken);

    /// <summary>Imports line by line; one result per line, in the order sent.</summary>
    IAsyncEnumerable<ImportTokenResult> ImportAsync(IAsyncEnumerable<ImportTokenLine> lines, CancellationToken cancellationToken);

    Task<TokenView> UpdateAsync(UpdateTokenRequest request, CancellationToken cancellationToken);

    Task<DeleteTokenReply> DeleteAsync(TokenRef request, CancellationToken cancellationToken);

    /// <summary>Reads quota windows upstream now; answers after at most 10 s, one result per id in the order asked.</summary>
    Task<RefreshTokensReply> RefreshAsync(RefreshTokensRequest request, CancellationToken cancellationToken);

    /// <summary>Tokens as they are stored, by id. Only for an export that is on record.</summary>
    IAsyncEnumerable<RevealedToken> RevealAsync(RevealTokensRequest request, CancellationToken cancellationToken);

    Task<TokenCounts> CountsAsync(TokenCountsRequest request, CancellationToken cancellationToken);

    /// <summary>What a borrow of this request would do now; lends nothing and changes nothing.</summary>
    Task<ExplainReply> ExplainAsync(BorrowRequest request, CancellationToken cancellationToken);
}
