namespace GrokForge.TokenPool.Ledger;

/// <summary>How all tokens stand for requests of one scope, as the next borrow would find them once what is due has been worked off.</summary>
internal sealed record LedgerSurvey(SurveyRules Rules, IReadOnlyList<TokenStanding> Tokens)
{
    /// <summary>The token that the conversation was lent last, whether or not it may be lent now; 0: none.</summary>
    public long PreferredId { get; init; }

    /// <summary>False: a mode that came into the catalog just now. Nobody has units of it.</summary>
    public bool KnowsScope { get; init; } = true;
}

/// <summary>The settings in force that decide among tokens.</summary>
/// <param name="IsTracked">Whether the scope's units are counted.</param>
internal sealed record SurveyRules(SelectionAlgorithm Algorithm, PenaltyScope PenaltyScope, bool OverflowOnQuota, bool OverflowOnSlots, bool IsTracked);

/// <summary>One token as a search would judge it.</summary>
/// <param name="Left">Units of a tracked scope.</param>
/// <param name="Limit">0 of a tracked scope: the token does not have it.</param>
/// <param name="ResumeAt">Unix milliseconds of the refill, or of the end of the rest; 0: it does not wait.</param>
/// <param name="Order">The lower, the earlier among tokens that stand equal by pool, tier and penalty. Says nothing where the algorithm draws.</param>
internal readonly record struct TokenStanding(long Id, string Pool, int Tier, TokenState State, int Left, int Limit, long ResumeAt, int Inflight, double Order)
{
    /// <summary>Of a scope that is not tracked: a refused token that is not asked yet.</summary>
    public bool Rests { get; init; }

    public bool HasSlot { get; init; }

    public bool IsPenalised { get; init; }
}
