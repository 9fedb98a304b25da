using System.Runtime.CompilerServices;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Reads tokens from the database as the ledger takes them.</summary>
internal sealed class LedgerSource(IDbContextFactory<TokenStore> stores, CurrentCatalog catalog, TokenKeys keys, TokenSecrets secrets)
{
    // Pages, not one long query: an open reader would hold back SQLite's checkpoints and Postgres' vacuum while Redis takes its time.
    private const int PageSize = 1000;

    public async IAsyncEnumerable<IReadOnlyList<TokenRow>> ReadAsync(int batchSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        keys.Reconsider();
        var last = 0L;
        while (true)
        {
            var page = await PageAsync(last, cancellationToken);
            for (var start = 0; start < page.Count; start += batchSize)
                yield return page.GetRange(start, Math.Min(batchSize, page.Count - start));
            if (page.Count < PageSize)
                yield break;
            last = page[^1].Id;
        }
    }

    /// <summary>Those of the ids that are stored.</summary>
    public async Task<HashSet<long>> StoredAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var tokens = store.Tokens.AsNoTracking();
        // Many are asked for by asking for all: one plain scan instead of a list as long as the table.
        return await (ids.Count > PageSize ? tokens : tokens.Where(t => ids.Contains(t.Id))).Select(t => t.Id).ToHashSetAsync(cancellationToken);
    }

    /// <summary>Whether the row's secret can be opened.</summary>
    public bool IsLoadable(TokenRow row) => keys.CanOpen(row.Secret);

    /// <summary>Those of the rows whose secret can be opened, and so may be lent.</summary>
    public IReadOnlyList<LedgerToken> Loadable(IReadOnlyList<TokenRow> rows)
    {
        var tokens = new List<LedgerToken>(rows.Count);
        foreach (var row in rows)
        {
            if (!IsLoadable(row))
                continue;
            secrets.Remember(row.Id, row.Secret);
            tokens.Add(LedgerEntry.Whole(row, catalog.Current));
        }
        return tokens;
    }

    private async Task<List<TokenRow>> PageAsync(long after, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        return await store.Tokens.AsNoTracking().Where(t => t.Id > after).OrderBy(t => t.Id).Take(PageSize).ToListAsync(cancellationToken);
    }
}
