using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using Grpc.Core;

namespace GrokForge.TokenPool.Leasing;

/// <summary>Reads what a request wants to borrow.</summary>
internal static class BorrowWishes
{
    private const int LongestBorrowId = 64;
    private const int LongestAffinity = 128;
    private const int LongestTtlSeconds = 3600;

    /// <summary>The wish, or why it can be answered at once. A malformed request is a bug of the caller: INVALID_ARGUMENT.</summary>
    public static BorrowWish? Read(BorrowRequest request, ModelCatalog catalog, out NoToken.Types.Reason reason)
    {
        if (request.BorrowId.Length is 0 or > LongestBorrowId)
            throw Invalid("borrow_id needs 1 to 64 characters.");
        if (request.Affinity.Length > LongestAffinity)
            throw Invalid("affinity needs at most 128 characters.");
        if (request.Units < 0)
            throw Invalid("units must not be negative.");
        if (request.TtlSeconds is < 0 or > LongestTtlSeconds)
            throw Invalid("ttl_seconds must be 0 to 3600.");

        reason = NoToken.Types.Reason.Unspecified;
        var pools = new List<string>(request.Pools.Count);
        foreach (var name in request.Pools)
        {
            if (Pools.Canonical(name) is { } pool && !pools.Contains(pool))
                pools.Add(pool);
        }
        if (pools.Count == 0)
        {
            reason = NoToken.Types.Reason.NoSuchPool;
            return null;
        }
        // A mode that the catalog lacks has units nowhere.
        if (!catalog.HasScope(request.Scope))
        {
            reason = NoToken.Types.Reason.Exhausted;
            return null;
        }
        TimeSpan? ttl = request.TtlSeconds == 0 ? null : TimeSpan.FromSeconds(request.TtlSeconds);
        return new BorrowWish(request.BorrowId, pools, request.Scope, Math.Max(1, request.Units), request.Affinity, request.Excluded, ttl);
    }

    private static RpcException Invalid(string what) => new(new Status(StatusCode.InvalidArgument, what));
}
