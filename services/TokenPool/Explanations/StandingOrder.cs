using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Explanations;

/// <summary>Which of two tokens that may be lent comes first, and by what.</summary>
internal sealed class StandingOrder(PenaltyScope scope, IReadOnlyList<string> pools) : IComparer<TokenStanding>
{
    public int Compare(TokenStanding x, TokenStanding y)
    {
        var byPool = PlaceOf(x).CompareTo(PlaceOf(y));
        var byTier = y.Tier.CompareTo(x.Tier);
        var byUse = x.IsPenalised.CompareTo(y.IsPenalised);
        var (first, second, third) = scope switch
        {
            PenaltyScope.All => (byUse, byPool, byTier),
            PenaltyScope.Pool => (byPool, byUse, byTier),
            _ => (byPool, byTier, byUse),
        };
        return first != 0 ? first : second != 0 ? second : third != 0 ? third : x.Order != y.Order ? x.Order.CompareTo(y.Order) : x.Id.CompareTo(y.Id);
    }

    /// <summary>What puts a token behind the one that is lent.</summary>
    public PassedOver WhyBehind(TokenStanding token, TokenStanding lent)
    {
        var isLaterPool = PlaceOf(token) != PlaceOf(lent);
        var isLower = token.Tier != lent.Tier;
        return scope switch
        {
            PenaltyScope.All when token.IsPenalised != lent.IsPenalised => PassedOver.RecentlyUsed,
            _ when isLaterPool => PassedOver.LaterPool,
            PenaltyScope.Tier when isLower => PassedOver.LowerPriority,
            _ when token.IsPenalised != lent.IsPenalised => PassedOver.RecentlyUsed,
            _ => isLower ? PassedOver.LowerPriority : PassedOver.LaterInOrder,
        };
    }

    private int PlaceOf(TokenStanding token)
    {
        for (var i = 0; i < pools.Count; i++)
        {
            if (pools[i] == token.Pool)
                return i;
        }
        return pools.Count;
    }
}
