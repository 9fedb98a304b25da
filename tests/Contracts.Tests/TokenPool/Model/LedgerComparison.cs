using GrokForge.TokenPool.Ledger;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>Holds the inside of a ledger, everything due being done, to the reference and to the invariants.</summary>
internal static class LedgerComparison
{
    public static void Compare(LedgerDump dump, ReferenceLedger reference)
    {
        Same("tokens", dump.Tokens.Count, reference.Tokens.Count);
        Same("live leases", dump.LiveLeases, reference.Live.Count);
        foreach (var token in dump.Tokens)
            Compare(token, reference.Tokens[token.Id], reference);
        foreach (var pool in dump.Pools)
        {
            var active = reference.Tokens.Values.Where(t => t.Pool == pool.Pool && t.State is TokenState.Active).ToList();
            Same($"active in {pool.Pool}", pool.Active, active.Count);
            for (var lane = 0; lane < pool.Offering.Count; lane++)
                Same($"offering lane {lane} in {pool.Pool}", pool.Offering[lane], active.Count(t => !reference.IsTracked(lane) || t.Lanes[lane].Limit > 0));
        }
    }

    private static void Compare(TokenDump token, ReferenceToken expected, ReferenceLedger reference)
    {
        var name = $"token {token.Id}:";
        Same(name, (token.Pool, token.Tier, token.Cap, token.State, token.Reason), (expected.Pool, expected.Tier, expected.Cap, expected.State, expected.Reason));
        Same(name + " generation, fails, rev, used at", (token.Generation, token.Fails, token.Rev, token.UsedAt), (expected.Generation, expected.Fails, expected.Rev, expected.UsedAt));
        Same(name + " in flight", token.Inflight, expected.Inflight);
        Same(name + " in flight by leases", token.Inflight, reference.Live.Values.Count(l => ReferenceEquals(l.Token, expected)));
        for (var lane = 0; lane < token.Lanes.Count; lane++)
            Compare($"{name} lane {lane}:", token.Lanes[lane], expected, lane, reference);
    }

    private static void Compare(string name, LaneDump dump, ReferenceToken token, int lane, ReferenceLedger reference)
    {
        var expected = token.Lanes[lane];
        Same(name + " epoch, pick, resume at", (dump.Epoch, dump.Pick, dump.ResumeAt), (expected.Epoch, expected.Pick, expected.ResumeAt));
        Same(name + " waits", dump.Waits, token.State is TokenState.Active && expected.ResumeAt > 0);
        if (reference.IsTracked(lane))
        {
            Same(name + " left of limit", (dump.Left, dump.Limit), (expected.Left, expected.Limit));
            if (dump.Left < 0 || dump.Left > dump.Limit)
                throw new ModelMismatchException($"{name} {dump.Left} left of {dump.Limit}");
        }
        // An order may show the token better than it is, never worse, and never where it cannot be lent at all.
        Standing[] allowed = !reference.HasUnits(token, lane, 1) ? [Standing.Out]
            : !reference.HasSlot(token) ? [Standing.Parked, Standing.Fresh, Standing.Penalised]
            : reference.IsPenalised(token) ? [Standing.Penalised, Standing.Fresh]
            : [Standing.Fresh];
        if (!allowed.Contains(dump.Standing))
            throw new ModelMismatchException($"{name} stands {dump.Standing}, allowed: {string.Join(", ", allowed)}");
        if (dump.Standing is not (Standing.Fresh or Standing.Penalised))
            return;
        if (reference.Config.Algorithm is SelectionAlgorithm.LeastInflight)
            Same(name + " score not worse", dump.Score <= reference.Score(token, lane), true);
        else if (reference.Config.Algorithm is not SelectionAlgorithm.Weighted)
            Same(name + " score", dump.Score, reference.Score(token, lane));
    }

    public static void Same<T>(string what, T actual, T expected)
    {
        if (!EqualityComparer<T>.Default.Equals(actual, expected))
            throw new ModelMismatchException($"{what}: the ledger says {actual}, the reference {expected}");
    }
}
