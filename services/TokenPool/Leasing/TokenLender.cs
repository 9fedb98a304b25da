using Google.Protobuf;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Quotas;
using GrokForge.TokenPool.Tokens;
using Grpc.Core;

namespace GrokForge.TokenPool.Leasing;

/// <summary>Lends tokens: the ledger selects and accounts, this adds the secret and says in the ledger's words how a lease ended.</summary>
internal sealed class TokenLender(
    ILedger ledger, LentSecrets secrets, CurrentCatalog catalog, LeaseJournal journal, LastLook lastLook) : ITokenLeasing
{
    /// <summary>A lease keeps this long without a renewal.</summary>
    public static readonly TimeSpan LeaseTtl = TimeSpan.FromSeconds(60);

    // How often a borrow may meet a token that was deleted while it stood in the ledger.
    private const int MaxGhosts = 8;

    public async Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (BorrowWishes.Read(request, catalog.Current, out var reason) is not { } wish)
            return None(reason, null);
        try
        {
            for (var ghosts = 0; ghosts < MaxGhosts; ghosts++)
            {
                var result = await ledger.BorrowAsync(wish, cancellationToken);
                if (result.None == NoneReason.Exhausted)
                    result = await lastLook.BorrowAsync(wish, result, cancellationToken);
                if (result.Degraded)
                    LeaseMeter.Degraded(result.Granted);
                if (!result.Granted)
                    return None(ReasonOf(result.None), result.RetryAfter);
                if (await secrets.FindAsync(result) is not { } secret)
                    continue;
                journal.Granted(result, wish);
                return new BorrowReply { Grant = GrantOf(result, wish, secret) };
            }
            return None(NoToken.Types.Reason.NoSuchPool, null);
        }
        catch (Exception e) when (Outage.Is(e))
        {
            throw Outage.AsRpc(e);
        }
    }

    public async Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken)
    {
        var settlement = LeaseSettlements.For(request)
            ?? throw new RpcException(new Status(StatusCode.InvalidArgument, "outcome is not one of the contract's."));
        try
        {
            var result = await ledger.SettleAsync(request.LeaseId, settlement, cancellationToken);
            journal.Settled(result, request, settlement);
            return new SettleReply
            {
                Result = result.Kind switch
                {
                    SettleKind.Applied => SettleReply.Types.Result.Applied,
                    SettleKind.Late => SettleReply.Types.Result.Late,
                    _ => SettleReply.Types.Result.AlreadySettled,
                },
            };
        }
        catch (Exception e) when (Outage.Is(e))
        {
            throw Outage.AsRpc(e);
        }
    }

    public async Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var reply = new RenewReply();
            if (request.LeaseIds.Count > 0)
                reply.Lost.AddRange(await ledger.RenewAsync(request.LeaseIds, cancellationToken));
            return reply;
        }
        catch (Exception e) when (Outage.Is(e))
        {
            throw Outage.AsRpc(e);
        }
    }

    public static NoToken.Types.Reason ReasonOf(NoneReason reason) => reason switch
    {
        NoneReason.Busy => NoToken.Types.Reason.Busy,
        NoneReason.Exhausted => NoToken.Types.Reason.Exhausted,
        NoneReason.Rebuilding => NoToken.Types.Reason.Rebuilding,
        _ => NoToken.Types.Reason.NoSuchPool,
    };

    private static Grant GrantOf(BorrowResult result, BorrowWish wish, ByteString secret) => new()
    {
        LeaseId = result.LeaseId,
        TokenId = result.TokenId,
        Pool = result.Pool,
        ProtectedSecret = secret,
        Generation = result.Generation,
        TtlSeconds = (int)(wish.Ttl ?? LeaseTtl).TotalSeconds,
    };

    private static BorrowReply None(NoToken.Types.Reason reason, TimeSpan? retryAfter)
    {
        LeaseMeter.Refused(reason);
        return new BorrowReply { None = new NoToken { Reason = reason, RetryAfterSeconds = retryAfter?.TotalSeconds ?? 0 } };
    }
}
