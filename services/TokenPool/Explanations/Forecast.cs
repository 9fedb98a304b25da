using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Explanations;

/// <summary>Why a token is not the one that would be lent.</summary>
internal enum PassedOver
{
    Disabled,
    Expired,

    /// <summary>The request has seen it refused already.</summary>
    Excluded,

    /// <summary>Of no pool that is asked.</summary>
    OtherPool,

    /// <summary>It does not have the mode.</summary>
    NoMode,
    Exhausted,

    /// <summary>It rests in a scope without units.</summary>
    Cooling,

    /// <summary>At its cap of leases.</summary>
    Busy,

    /// <summary>The search ends before its pool, as token.overflow_on says.</summary>
    NotReached,

    /// <summary>An earlier pool lends.</summary>
    LaterPool,
    LowerPriority,
    RecentlyUsed,

    /// <summary>It would be before the one that is lent, but the conversation stays with that.</summary>
    Affinity,

    /// <summary>The algorithm puts it behind.</summary>
    LaterInOrder,

    /// <summary>The algorithm draws among it and others.</summary>
    Lot,
}

/// <summary>Tokens passed over for one reason.</summary>
/// <param name="First">Some of them: of those that may be lent the first in order, of others those with the lowest ids.</param>
internal sealed record PassedOverTokens(PassedOver Reason, int Count, IReadOnlyList<TokenStanding> First);

/// <summary>What the next borrow would do.</summary>
/// <param name="Lent">Null: nothing would be lent, or a draw decides.</param>
/// <param name="None">Why nothing would be lent; None where something would.</param>
/// <param name="RetryAt">With Exhausted: Unix milliseconds of the first refill; 0: unknown.</param>
internal sealed record Forecast(TokenStanding? Lent, NoneReason None, long RetryAt, IReadOnlyList<PassedOverTokens> Passed)
{
    public bool ByAffinity { get; init; }

    /// <summary>One of those passed over by lot would be lent.</summary>
    public bool ByLot { get; init; }

    public int Tokens => Passed.Sum(p => p.Count) + (Lent is null ? 0 : 1);
}
