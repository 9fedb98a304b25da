namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Tells how tokens stand, and leaves them as they are. The caller holds the ledger's lock.</summary>
internal sealed class TokenStandings(LedgerState state)
{
    public void Add(List<TokenStanding> tokens, int from, int count, int lane, Moment now)
    {
        Dictionary<int, int> ended = [];
        foreach (var lease in state.Leases.AllDue(now.Steady))
        {
            ref var record = ref state.Leases[lease];
            if (state.Tokens.Tokens[record.Token].Incarnation == record.Incarnation)
                ended[record.Token] = ended.GetValueOrDefault(record.Token) + 1;
        }
        for (var slot = from; slot < Math.Min(from + count, state.Tokens.Used); slot++)
        {
            if (state.Tokens.IsUsed(slot))
                tokens.Add(Of(slot, lane, ended.GetValueOrDefault(slot), now.Wall));
        }
    }

    public LedgerSurvey Survey(List<TokenStanding> tokens, int lane, long preferredId)
    {
        var config = state.Config;
        var rules = new SurveyRules(config.Algorithm, config.PenaltyScope, config.OverflowOnQuota, config.OverflowOnSlots, lane >= 0 && state.Lanes.IsTracked(lane));
        return new LedgerSurvey(rules, tokens) { PreferredId = preferredId, KnowsScope = lane >= 0 };
    }

    /// <param name="ended">Leases that are over, but not worked off yet.</param>
    private TokenStanding Of(int slot, int lane, int ended, long now)
    {
        ref var token = ref state.Tokens.Tokens[slot];
        ref var record = ref state.Tokens.Lanes[state.Tokens.Cell(slot, lane)];
        var tracked = state.Lanes.IsTracked(lane);
        var isOver = record.ResumeAt > 0 && record.ResumeAt <= now;
        var left = tracked && isOver ? record.Limit : record.Left;
        var inflight = token.Inflight - ended;
        return new TokenStanding(
            token.Id, token.Pool.Name, token.Tier, token.State, left, record.Limit, isOver ? 0 : record.ResumeAt, inflight,
            state.Rules.Score(state.Config.Algorithm, tracked, left, inflight, record.Pick))
        {
            Rests = !tracked && record.ResumeAt > now,
            HasSlot = state.Rules.HasSlot(inflight, state.CapOf(token)),
            IsPenalised = state.IsPenalised(token, now),
        };
    }
}
