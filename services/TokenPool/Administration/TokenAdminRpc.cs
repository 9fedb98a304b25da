using GrokForge.Contracts.Tokens;
using Grpc.Core;

namespace GrokForge.TokenPool.Administration;

/// <summary>The gRPC door of administration.</summary>
internal sealed class TokenAdminRpc(ITokenAdmin admin) : TokenAdmin.TokenAdminBase
{
    public override Task<ListTokensReply> List(ListTokensRequest request, ServerCallContext context) => admin.ListAsync(request, context.CancellationToken);

    public override Task<TokenView> Get(TokenRef request, ServerCallContext context) => admin.GetAsync(request, context.CancellationToken);

    public override async Task Import(
        IAsyncStreamReader<ImportTokenLine> requestStream, IServerStreamWriter<ImportTokenResult> responseStream, ServerCallContext context)
    {
        await foreach (var result in admin.ImportAsync(requestStream.ReadAllAsync(context.CancellationToken), context.CancellationToken))
            await responseStream.WriteAsync(result, context.CancellationToken);
    }

    public override Task<TokenView> Update(UpdateTokenRequest request, ServerCallContext context) => admin.UpdateAsync(request, context.CancellationToken);

    public override Task<DeleteTokenReply> Delete(TokenRef request, ServerCallContext context) => admin.DeleteAsync(request, context.CancellationToken);

    public override Task<RefreshTokensReply> Refresh(RefreshTokensRequest request, ServerCallContext context) =>
        admin.RefreshAsync(request, context.CancellationToken);

    public override async Task Reveal(RevealTokensRequest request, IServerStreamWriter<RevealedToken> responseStream, ServerCallContext context)
    {
        await foreach (var token in admin.RevealAsync(request, context.CancellationToken))
            await responseStream.WriteAsync(token, context.CancellationToken);
    }

    public override Task<TokenCounts> Counts(TokenCountsRequest request, ServerCallContext context) => admin.CountsAsync(request, context.CancellationToken);

    public override Task<ExplainReply> Explain(BorrowRequest request, ServerCallContext context) => admin.ExplainAsync(request, context.CancellationToken);
}
