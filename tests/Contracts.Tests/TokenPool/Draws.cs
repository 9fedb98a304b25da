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
    private const int Limit = 1_000_000;

    /// <param name="ledger">Not loaded yet.</param>
    public static async Task<double> ChiSquareAsync(ILedger ledger, SelectionAlgorithm algorithm, CancellationToken cancellationToken) =>
        ChiSquare(await CountAsync(ledger, Config with { Algorithm = algorithm }, [], cancellationToken), id => algorithm is SelectionAlgorithm.Weighted ? id : 1);

    /// <summary>How often each token is picked, by id; each second pick gives its unit back, of which there are so many that the shares stay.</summary>
    /// <param name="ledger">Not loaded yet.</param>
    /// <param name="excluded">Whom no pick but the first of each token allows.</param>
    public static async Task<int[]> CountAsync(ILedger ledger, LedgerConfig config, IReadOnlyList<long> excluded, CancellationToken cancellationToken)
    {
        var tokens = Enumerable.Range(1, Tokens).Select(id => Token(id, 0) with { Quotas = new Dictionary<string, LedgerQuota> { ["auto"] = new(id * Limit / Tokens, Limit, null) } });
        await ledger.LoadAsync(config with { MaxInflight = 0 }, [.. tokens], cancellationToken);
        // With a penalty each is lent once before any is lent again.
        for (var i = 0; i < (config.Penalty > TimeSpan.Zero ? Tokens : 0); i++)
            await PickAsync(Wish(""), Refunded);
        var counts = new int[Tokens + 1];
        for (var i = 0; i < Picks; i++)
            counts[await PickAsync(Wish("") with { Excluded = excluded }, i % 2 == 0 ? Refunded : Kept)]++;
        return counts;

        async Task<long> PickAsync(BorrowWish wish, Settlement settlement)
        {
            var lease = await ledger.BorrowAsync(wish, cancellationToken);
            await ledger.SettleAsync(lease.LeaseId, settlement, cancellationToken);
            return lease.TokenId;
        }
    }

    /// <param name="counts">By id.</param>
    /// <param name="weight">Of an id; 0: never picked.</param>
    public static double ChiSquare(int[] counts, Func<int, double> weight)
    {
        var ids = Enumerable.Range(1, Tokens).Where(id => weight(id) > 0).ToArray();
        var (picks, weights) = (ids.Sum(id => counts[id]), ids.Sum(weight));
        return ids.Sum(id => Math.Pow(counts[id] - picks * weight(id) / weights, 2) / (picks * weight(id) / weights));
    }
}
