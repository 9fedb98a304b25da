using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>Whether a ledger that draws by lot keeps its chances: ten tokens with different shares left, thousands of picks, the chi-square of their counts.</summary>
internal static class Draws
{
    /// <summary>A ledger that keeps its chances passes it once in a million times.</summary>
    public const double Bound = 45;

    private const int Picks = 5_500;
    private const int Tokens = 10;
    private const int Limit = 1_000;

    /// <param name="ledger">Not loaded yet.</param>
    public static async Task<double> ChiSquareAsync(ILedger ledger, SelectionAlgorithm algorithm, CancellationToken cancellationToken)
    {
        var tokens = Enumerable.Range(1, Tokens).Select(id => Token(id, 0) with { Quotas = new Dictionary<string, LedgerQuota> { ["auto"] = new(id * Limit / Tokens, Limit, null) } });
        await ledger.LoadAsync(Config with { MaxInflight = 0, Algorithm = algorithm }, [.. tokens], cancellationToken);
        var counts = new int[Tokens + 1];
        for (var i = 0; i < Picks; i++)
        {
            var lease = await ledger.BorrowAsync(Wish(""), cancellationToken);
            counts[lease.TokenId]++;
            await ledger.SettleAsync(lease.LeaseId, Refunded, cancellationToken);
        }
        return Enumerable.Range(1, Tokens).Sum(id =>
        {
            var expected = Picks * (algorithm is SelectionAlgorithm.Weighted ? id / (Tokens * (Tokens + 1) / 2.0) : 1.0 / Tokens);
            return Math.Pow(counts[id] - expected, 2) / expected;
        });
    }
}
