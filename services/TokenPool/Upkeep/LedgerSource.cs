using System.Runtime.CompilerServices;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Reads tokens from the database as the ledger takes them.</summary>
internal sealed class LedgerSource(StoreReader stores, CurrentCatalog catalog, TokenKeys keys, TokenSecrets secrets)
{
    // Pages, not one long query: an open reader would hold back SQLite's checkpoints and Postgres' vacuum while Redis takes its time.
    private const int PageSize = 1000;

    private readonly string _table = stores.Table(TokenStore.Schema, TokenStore.Table);

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

    /// <summary>Those of the ids that are stored, and perhaps others. There is at least one id.</summary>
    public async Task<HashSet<long>> StoredAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        // By asking for all between the least and the greatest: one plain scan instead of a list that may be as long as the table.
        var stored = await stores.ReadAsync(
            $"SELECT id FROM {_table} WHERE id BETWEEN @least AND @greatest", [("least", ids.Min()), ("greatest", ids.Max())], static row => row.BigNumber(0), cancellationToken);
        return [.. stored];
    }

    /// <summary>Whether the row's secret can be opened.</summary>
    public bool IsLoadable(TokenRow row) => keys.CanOpen(row.Secret);

    /// <summary>Those of the rows whose secret can be opened, and so may be lent.</summary>
    /// <param name="remembers">Whether all their secrets are kept at hand, so that the first loan of each need not ask the database; else only while few are.</param>
    public IReadOnlyList<LedgerToken> Loadable(IReadOnlyList<TokenRow> rows, bool remembers = true)
    {
        var tokens = new List<LedgerToken>(rows.Count);
        foreach (var row in rows)
        {
            if (!IsLoadable(row))
                continue;
            if (remembers || secrets.HasAmpleRoom)
                secrets.Remember(row.Id, row.Secret);
            else
                secrets.Forget(row.Id);
            tokens.Add(LedgerEntry.Whole(row, catalog.Current));
        }
        return tokens;
    }

    private Task<List<TokenRow>> PageAsync(long after, CancellationToken cancellationToken) => stores.ReadAsync(
        $"SELECT {TokenRow.Columns} FROM {_table} WHERE id > @after ORDER BY id LIMIT @size", [("after", after), ("size", PageSize)], TokenRow.Read, cancellationToken);
}
