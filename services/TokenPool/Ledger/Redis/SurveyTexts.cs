using System.Globalization;

namespace GrokForge.TokenPool.Ledger.Redis;

/// <summary>Reads what the survey's script answers: one text for the rules, one for each token.</summary>
internal static class SurveyTexts
{
    /// <summary>e.g. "high_quota_first Tier 1 1 1 17 1": algorithm, scope of the penalty, overflow on quota, on slots, tracked, preferred id, whether the lane is known.</summary>
    public static LedgerSurvey Survey(string text, IReadOnlyList<TokenStanding> tokens)
    {
        var parts = text.Split(' ');
        var rules = new SurveyRules(SelectionAlgorithms.Parse(parts[0]), Enum.Parse<PenaltyScope>(parts[1]), parts[2] == "1", parts[3] == "1", parts[4] == "1");
        return new LedgerSurvey(rules, tokens) { PreferredId = Number(parts[5]), KnowsScope = parts[6] == "1" };
    }

    /// <summary>e.g. "17 basic 0 a 19 20 0 1 -81604378623 - k -": id, pool, tier, state, left, limit, resume at, in flight, order, and where they hold r (rests), k (no slot), p (penalised).</summary>
    public static TokenStanding Standing(string text)
    {
        var parts = text.Split(' ');
        return new TokenStanding(
            Number(parts[0]), string.Intern(parts[1]), (int)Number(parts[2]), LedgerArguments.State(parts[3]), (int)Number(parts[4]), (int)Number(parts[5]), Number(parts[6]),
            (int)Number(parts[7]), double.Parse(parts[8], CultureInfo.InvariantCulture))
        {
            Rests = parts[9] == "r",
            HasSlot = parts[10] != "k",
            IsPenalised = parts[11] == "p",
        };
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
