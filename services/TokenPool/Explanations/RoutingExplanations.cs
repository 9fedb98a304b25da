using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Administration;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using Reason = GrokForge.Contracts.Tokens.SkippedTokens.Types.Reason;

namespace GrokForge.TokenPool.Explanations;

/// <summary>Answers which token a borrow would be lent, and why no other.</summary>
internal sealed class RoutingExplanations(ILedger ledger, ShownTokens tokens, CurrentCatalog catalog, TimeProvider time)
{
    private const int MostNamed = 20;

    public async Task<ExplainReply> ExplainAsync(BorrowRequest request, CancellationToken cancellationToken)
    {
        if (BorrowWishes.Read(request, catalog.Current, out var reason) is not { } wish)
            return new ExplainReply { None = new NoToken { Reason = reason } };
        if (await ledger.SurveyAsync(wish.Scope, wish.Affinity, cancellationToken) is not { } survey)
            return new ExplainReply { None = new NoToken { Reason = NoToken.Types.Reason.Rebuilding } };

        var forecast = Forecaster.Of(survey, wish, MostNamed);
        var named = forecast.Passed.SelectMany(p => p.First).Concat(forecast.Lent is { } lent ? [lent] : []).Select(t => t.Id).ToArray();
        var masks = (await tokens.ReadAsync(named, cancellationToken)).ToDictionary(t => t.Id, t => t.Masked);

        var reply = new ExplainReply
        {
            Lent = forecast.Lent is { } first ? Show(first, masks) : null,
            None = forecast.None is NoneReason.None ? null : NoneOf(forecast),
            ByAffinity = forecast.ByAffinity,
            ByLot = forecast.ByLot,
            Algorithm = SelectionAlgorithms.NameOf(survey.Rules.Algorithm),
            Tokens = survey.Tokens.Count,
        };
        foreach (var passed in forecast.Passed)
        {
            var skipped = new SkippedTokens { Reason = ReasonOf(passed.Reason), Count = passed.Count };
            skipped.Tokens.AddRange(passed.First.Select(t => Show(t, masks)));
            reply.Skipped.Add(skipped);
        }
        return reply;
    }

    private NoToken NoneOf(Forecast forecast) => new()
    {
        Reason = TokenLender.ReasonOf(forecast.None),
        RetryAfterSeconds = forecast.RetryAt > 0 ? Math.Max(0, forecast.RetryAt - time.GetUtcNow().ToUnixTimeMilliseconds()) / 1000.0 : 0,
    };

    private static ExplainedToken Show(TokenStanding token, Dictionary<long, string> masks) => new()
    {
        Id = token.Id,
        Masked = masks.GetValueOrDefault(token.Id, "****"),
        Pool = token.Pool,
        Priority = token.Tier,
        Inflight = token.Inflight,
        Remaining = token.Left,
        Limit = token.Limit,
        ResumeAt = token.ResumeAt / 1000,
    };

    private static Reason ReasonOf(PassedOver reason) => reason switch
    {
        PassedOver.Disabled => Reason.Disabled,
        PassedOver.Expired => Reason.Expired,
        PassedOver.Excluded => Reason.Excluded,
        PassedOver.OtherPool => Reason.OtherPool,
        PassedOver.NoMode => Reason.NoMode,
        PassedOver.Exhausted => Reason.Exhausted,
        PassedOver.Cooling => Reason.Cooling,
        PassedOver.Busy => Reason.Busy,
        PassedOver.NotReached => Reason.NotReached,
        PassedOver.LaterPool => Reason.LaterPool,
        PassedOver.LowerPriority => Reason.LowerPriority,
        PassedOver.RecentlyUsed => Reason.RecentlyUsed,
        PassedOver.Affinity => Reason.Affinity,
        PassedOver.Lot => Reason.Lot,
        _ => Reason.LaterInOrder,
    };
}
