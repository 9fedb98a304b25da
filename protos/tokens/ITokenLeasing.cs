namespace GrokForge.Contracts.Tokens;

/// <summary>Lends upstream tokens to requests. Expected ends are messages; an exception means broken infrastructure.</summary>
public interface ITokenLeasing
{
    /// <summary>Takes one token, or says why none is to be had. Repeatable by <c>borrow_id</c>.</summary>
    Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken);

    /// <summary>Ends a lease. The first settlement wins.</summary>
    Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken);

    /// <summary>Keeps leases alive for another time to live; answers those that were lost.</summary>
    Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken);
}
