using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Notes beside a token which pool the totals of its windows speak for. Whether it moves is an operator's decision.</summary>
internal sealed partial class PoolProposals(IDbContextFactory<TokenStore> stores, ILogger<PoolProposals> logger)
{
    public async Task ProposeAsync(long tokenId, string pool, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var changed = await store.Tokens.Where(t => t.Id == tokenId && t.ProposedPool != pool).ExecuteUpdateAsync(t => t.SetProperty(p => p.ProposedPool, pool), cancellationToken);
        if (changed > 0 && await store.Tokens.AnyAsync(t => t.Id == tokenId && t.Pool != pool, cancellationToken))
            Log.Proposed(logger, tokenId, pool);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The quota windows of token {TokenId} are those of pool {Pool}. It stays where it is until an operator moves it.")]
        public static partial void Proposed(ILogger logger, long tokenId, string pool);
    }
}
