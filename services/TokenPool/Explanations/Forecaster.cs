using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Explanations;

/// <summary>
/// Says from a survey what a borrow would lend, by the rules that the ledgers search by. Only a search that uses up its work bound may come to another token, and
/// then says so of itself (degraded).
/// </summary>
internal sealed class Forecaster
{
    private readonly SurveyRules rules;
    private readonly BorrowWish wish;
    private readonly long preferredId;
    private readonly List<Candidate> all;
    private readonly StandingOrder order;

    /// <summary>Why pools that the search does not come to are passed over.</summary>
    private PassedOver unreached = PassedOver.LaterPool;
    private int poolsReached;

    private Forecaster(LedgerSurvey survey, BorrowWish wish)
    {
        (rules, this.wish, preferredId, order) = (survey.Rules, wish, survey.PreferredId, new StandingOrder(survey.Rules.PenaltyScope, wish.Pools));
        all = [.. survey.Tokens.Select(t => new Candidate(t, FaultOf(t)))];
    }

    /// <param name="most">Tokens named for each reason.</param>
    public static Forecast Of(LedgerSurvey survey, BorrowWish wish, int most) =>
        survey.KnowsScope ? new Forecaster(survey, wish).Run(most) : new Forecast(null, NoneReason.Exhausted, 0, []);

    private Forecast Run(int most)
    {
        var none = Walk(out var found, out var byAffinity, out var retryAt);
        if (found is not { } lent)
            return new Forecast(null, none, none is NoneReason.Exhausted ? retryAt : 0, Passed(skippedId: 0, _ => unreached, most));

        var byLot = !byAffinity && rules.Algorithm is SelectionAlgorithm.Random or SelectionAlgorithm.Weighted && all.Exists(c => c.Token.Id != lent.Id && IsAlike(c, lent));
        var passed = Passed(
            skippedId: byLot ? 0 : lent.Id,
            c => !IsReached(c.Token) ? unreached
                : byLot && IsAlike(c, lent) ? PassedOver.Lot
                : byAffinity && order.Compare(c.Token, lent) < 0 ? PassedOver.Affinity
                : order.WhyBehind(c.Token, lent),
            most);
        return new Forecast(byLot ? null : lent, NoneReason.None, 0, passed) { ByAffinity = byAffinity, ByLot = byLot };
    }

    /// <summary>Goes through the pools as a search does. Answers why nothing is lent, where nothing is.</summary>
    private NoneReason Walk(out TokenStanding? lent, out bool byAffinity, out long retryAt)
    {
        (lent, byAffinity, retryAt) = (null, false, 0);
        var (isBusy, isExhausted) = (false, false);
        foreach (var pool in wish.Pools)
        {
            poolsReached++;
            var here = all.Where(c => c.Fault is null && c.Token.Pool == pool).Select(c => c.Token).ToList();
            if (here.FindIndex(t => t.Id == preferredId) is >= 0 and var known && IsFirst(here[known], here, behind: lent is not null))
            {
                (lent, byAffinity) = (here[known], true);
                return NoneReason.None;
            }
            if (here.Count > 0)
            {
                var best = here.Min(order);
                if (rules.PenaltyScope is not PenaltyScope.All || !best.IsPenalised)
                {
                    lent = best;
                    return NoneReason.None;
                }
                lent ??= best;
                continue;
            }
            var (busy, exhausted, offers) = Judge(pool, ref retryAt);
            (isBusy, isExhausted) = (isBusy || busy, isExhausted || exhausted);
            if (busy && !rules.OverflowOnSlots || exhausted && offers && !rules.OverflowOnQuota)
            {
                unreached = PassedOver.NotReached;
                break;
            }
        }
        return isBusy ? NoneReason.Busy : isExhausted ? NoneReason.Exhausted : NoneReason.NoSuchPool;
    }

    /// <summary>Whether the conversation's token is lent from its pool, whatever recent use and algorithm say.</summary>
    /// <param name="behind">An earlier pool has a token that is lent where nothing fresh is found.</param>
    private bool IsFirst(TokenStanding token, List<TokenStanding> here, bool behind)
    {
        var above = here.FindAll(t => t.Tier > token.Tier);
        if (rules.PenaltyScope is PenaltyScope.Tier || above.Exists(t => !t.IsPenalised))
            return above.Count == 0;
        return (above.Count == 0 && !behind) || here.Exists(t => t.Tier <= token.Tier && !t.IsPenalised);
    }

    /// <summary>Why a pool lends nothing, and whether anyone there has the mode at all.</summary>
    private (bool Busy, bool Exhausted, bool Offers) Judge(string pool, ref long retryAt)
    {
        var (active, busy, offers) = (false, false, false);
        foreach (var (token, fault) in all)
        {
            if (token.Pool != pool || token.State is not TokenState.Active)
                continue;
            if (token.ResumeAt > 0 && (retryAt == 0 || token.ResumeAt < retryAt))
                retryAt = token.ResumeAt;
            if (fault is PassedOver.Excluded)
                continue;
            active = true;
            busy |= fault is PassedOver.Busy;
            offers |= fault is not PassedOver.NoMode;
        }
        return (busy, active && !busy, offers);
    }

    /// <summary>What keeps the token from being lent at all; null: nothing.</summary>
    private PassedOver? FaultOf(TokenStanding token) => token switch
    {
        _ when !wish.Pools.Contains(token.Pool) => PassedOver.OtherPool,
        { State: TokenState.Disabled } => PassedOver.Disabled,
        { State: TokenState.Expired } => PassedOver.Expired,
        _ when wish.Excluded.Contains(token.Id) => PassedOver.Excluded,
        { Limit: <= 0 } when rules.IsTracked => PassedOver.NoMode,
        _ when rules.IsTracked && token.Left < Math.Max(1, wish.Units) => PassedOver.Exhausted,
        { Rests: true } => PassedOver.Cooling,
        { HasSlot: false } => PassedOver.Busy,
        _ => null,
    };

    private bool IsReached(TokenStanding token) => wish.Pools.Take(poolsReached).Contains(token.Pool);

    private bool IsAlike(Candidate candidate, TokenStanding lent) =>
        candidate.Fault is null && IsReached(candidate.Token) && order.WhyBehind(candidate.Token, lent) is PassedOver.LaterInOrder;

    private IReadOnlyList<PassedOverTokens> Passed(long skippedId, Func<Candidate, PassedOver> whyBehind, int most) =>
    [
        .. all.Where(c => c.Token.Id != skippedId)
            .GroupBy(c => (Reason: c.Fault ?? whyBehind(c), MayBeLent: c.Fault is null), c => c.Token)
            .OrderBy(g => g.Key.Reason)
            .Select(g => new PassedOverTokens(g.Key.Reason, g.Count(), [.. (g.Key.MayBeLent ? g.Order(order) : g.OrderBy(t => t.Id)).Take(most)])),
    ];

    private readonly record struct Candidate(TokenStanding Token, PassedOver? Fault);
}
