using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.CfRefresh.Clearance;

/// <summary>Reads and writes what is known of egresses.</summary>
internal sealed class ClearanceRows(StoreReader reader, IDbContextFactory<ClearanceStore> stores)
{
    private readonly string _select =
        $"SELECT site, attempts, version, cookies, user_agent, browser, solved_at, failed_at, error, failures FROM {reader.Table(ClearanceStore.Schema, ClearanceStore.Table)} WHERE egress = @egress";

    /// <summary>Where nothing is known yet, a row of an egress that was never solved for.</summary>
    public async Task<ClearanceRow> ReadAsync(string egress, CancellationToken cancellationToken)
    {
        var rows = await reader.ReadAsync(_select, [("egress", egress)], row => new ClearanceRow
        {
            Egress = egress,
            Site = row.Text(0),
            Attempts = row.BigNumber(1),
            Version = row.BigNumber(2),
            Cookies = row.Bytes(3),
            UserAgent = row.Text(4),
            Browser = row.Text(5),
            SolvedAt = row.BigNumber(6),
            FailedAt = row.BigNumber(7),
            Error = row.Text(8),
            Failures = row.Number(9),
        }, cancellationToken);
        return rows is [var known, ..] ? known : new ClearanceRow { Egress = egress };
    }

    /// <summary>Puts a row in force. Only the holder of the egress's lock may.</summary>
    public async Task WriteAsync(ClearanceRow row, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var isKnown = await store.Clearances.AnyAsync(r => r.Egress == row.Egress, cancellationToken);
        store.Entry(row).State = isKnown ? EntityState.Modified : EntityState.Added;
        await store.SaveChangesAsync(cancellationToken);
    }
}
