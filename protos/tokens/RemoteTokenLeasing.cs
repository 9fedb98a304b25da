using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Tokens;

/// <summary>Reaches the token pool over gRPC.</summary>
public sealed class RemoteTokenLeasing(TokenLeasing.TokenLeasingClient client) : ITokenLeasing
{
    public Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.BorrowAsync, request, CallLimits.Borrow, cancellationToken);

    public Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.SettleAsync, request, CallLimits.Settle, cancellationToken);

    public Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.RenewAsync, request, CallLimits.Settle, cancellationToken);
}
