using GrokForge.Contracts.Tokens;
using Grpc.Core;

namespace GrokForge.TokenPool.Leasing;

/// <summary>The gRPC door of leasing.</summary>
internal sealed class TokenLeasingRpc(ITokenLeasing leasing) : TokenLeasing.TokenLeasingBase
{
    public override Task<BorrowReply> Borrow(BorrowRequest request, ServerCallContext context) =>
        leasing.BorrowAsync(request, context.CancellationToken);

    public override Task<SettleReply> Settle(SettleRequest request, ServerCallContext context) =>
        leasing.SettleAsync(request, context.CancellationToken);

    public override Task<RenewReply> Renew(RenewRequest request, ServerCallContext context) =>
        leasing.RenewAsync(request, context.CancellationToken);
}
