using GrokForge.TokenPool.Explanations;
using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.Model.LedgerComparison;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>What an explanation says just before a borrow is what the borrow does.</summary>
internal sealed partial class LedgerWalk
{
    private async Task<Forecast> ForecastAsync(BorrowWish wish, CancellationToken cancellationToken) =>
        Forecaster.Of((await world.Ledger.SurveyAsync(wish.Scope, wish.Affinity, cancellationToken))!, wish, most: int.MaxValue);

    private void Foretold(Forecast forecast, BorrowResult result, ReferencePick expected, int lane)
    {
        Same("explained tokens", forecast.Tokens, reference.Tokens.Count);
        Same("explained none", forecast.None, result.None);
        if (!result.Granted)
        {
            Same("explained retry", forecast.RetryAt > 0 ? TimeSpan.FromMilliseconds(forecast.RetryAt - reference.Now) : null, result.RetryAfter);
            Same("explained as lent", forecast.Lent is null && forecast.Passed.All(p => p.Reason <= PassedOver.Busy || p.Reason is PassedOver.NotReached), true);
            return;
        }
        Same("explained affinity", forecast.ByAffinity, expected.IsPreferred);
        if (forecast.ByLot)
            Same("drawn", forecast.Passed.Single(p => p.Reason is PassedOver.Lot).First.Any(t => t.Id == result.TokenId), true);
        else if (forecast.Lent!.Value.Id != result.TokenId && !Tie(reference.Tokens[result.TokenId], reference.Tokens[forecast.Lent.Value.Id], lane))
            throw new ModelMismatchException($"lent {result.TokenId}, explained {forecast.Lent.Value.Id}");
    }
}
