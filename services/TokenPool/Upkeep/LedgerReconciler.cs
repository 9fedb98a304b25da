using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>
/// Brings a loaded ledger in line with database and catalog: tokens it lacks or has too many, administrative changes it missed (a process died
/// between both writes), modes that the catalog gained.
/// </summary>
internal sealed class LedgerReconciler(ILedger ledger, LedgerSource source, LedgerGhosts ghosts, CurrentCatalog catalog, LedgerHome home)
{
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        await foreach (var rows in source.ReadAsync(home.BatchSize, cancellationToken))
        {
            var live = (await ledger.ReadAsync([.. rows.Select(r => r.Id)], cancellationToken)).ToDictionary(v => v.Id);
            var puts = new List<LedgerToken>();
            var lacking = new List<TokenRow>();
            foreach (var row in rows)
            {
                if (!live.TryGetValue(row.Id, out var view))
                    lacking.Add(row);
                else if (Correction(row, view) is { } correction)
                    puts.Add(correction);
            }
            puts.AddRange(source.Loadable(lacking));
            if (puts.Count > 0)
                await ledger.PutAsync(puts, cancellationToken);
        }
        await ghosts.RemoveAllAsync(cancellationToken);
    }

    private LedgerToken? Correction(TokenRow row, LedgerTokenView view)
    {
        if (row.Generation > view.Generation)
            return LedgerEntry.Whole(row, catalog.Current);
        var difference = PoolQuotas.Difference(row.Pool, view.Quotas, catalog.Current);
        return difference is null ? null : LedgerEntry.Administered(row, difference);
    }
}
