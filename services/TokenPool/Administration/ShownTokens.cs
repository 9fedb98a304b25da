using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Administration;

/// <summary>Reads tokens by their ids, as administration sees them.</summary>
internal sealed class ShownTokens(IDbContextFactory<TokenStore> stores, TokenViews views)
{
    /// <summary>Those that there are, in no order.</summary>
    public async Task<IReadOnlyList<TokenView>> ReadAsync(long[] ids, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        return await views.OfAsync(await store.Tokens.AsNoTracking().Where(t => ids.Contains(t.Id)).ToListAsync(cancellationToken), cancellationToken);
    }
}
