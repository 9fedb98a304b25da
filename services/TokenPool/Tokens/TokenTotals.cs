using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Counts the stored tokens by what lists and metrics tell apart.</summary>
internal sealed class TokenTotals(StoreReader stores)
{
    private readonly string _sql = $"SELECT pool, status, exhausted, COUNT(*) FROM {stores.Table(TokenStore.Schema, TokenStore.Table)} GROUP BY pool, status, exhausted";

    public Task<List<TokenTotal>> ReadAsync(CancellationToken cancellationToken) => stores.ReadAsync(
        _sql, [], static row => new TokenTotal(row.Text(0), TokenStateNames.Parse(row.Text(1)), row.Flag(2), row.BigNumber(3)), cancellationToken);
}

/// <summary>How many tokens of a pool are in one state.</summary>
internal sealed record TokenTotal(string Pool, TokenState Status, bool Exhausted, long Count);
