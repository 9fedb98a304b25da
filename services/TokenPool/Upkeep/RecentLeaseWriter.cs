using System.Text.Json;
using System.Text.Json.Serialization;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>
/// Writes what this replica lent and settled last into the database when the ledger lost its memory. Each entry counts once, and only where the row has not seen
/// its rev. The row's rev rises to the latest of them: figures that any replica took from the lost ledger before, and writes now, must not undo them.
/// </summary>
internal sealed class RecentLeaseWriter(IDbContextFactory<TokenStore> stores, Database database, RecentLeases recent, CurrentCatalog catalog, TimeProvider time)
{
    private const int BatchSize = 500;
    private const int MaxTries = 5;

    private const string PostgresRows =
        "json_to_recordset({0}::json) AS v(id bigint, status text, reason text, fails int, exhausted boolean, quotas text, old_status text, old_quotas text, old_fails int, rev bigint, "
        + "recent text, old_rev bigint, old_recent text, old_generation int)";

    private const string SqliteRows =
        "(SELECT value->>'id' AS id, value->>'status' AS status, value->>'reason' AS reason, value->>'fails' AS fails, value->>'exhausted' AS exhausted, "
        + "value->>'quotas' AS quotas, value->>'old_status' AS old_status, value->>'old_quotas' AS old_quotas, value->>'old_fails' AS old_fails, "
        + "value->>'rev' AS rev, value->>'recent' AS recent, value->>'old_rev' AS old_rev, value->>'old_recent' AS old_recent, value->>'old_generation' AS old_generation "
        + "FROM json_each({0})) AS v";

    // Replicas do this at the same time: a row that another one has just changed is read again.
    private readonly string _sql =
        $"UPDATE {database.Table(TokenStore.Schema, TokenStore.Table)} AS t SET status = v.status, status_reason = v.reason, fail_count = v.fails, "
        + "updated_at = CASE WHEN v.status = t.status THEN t.updated_at ELSE {1} END, "
        + $"exhausted = v.exhausted, quotas = v.quotas, rev = v.rev, recent = v.recent FROM {(database.Kind == DatabaseKind.Postgres ? PostgresRows : SqliteRows)} "
        + "WHERE t.id = v.id AND t.status = v.old_status AND t.quotas = v.old_quotas AND t.fail_count = v.old_fails "
        + "AND t.rev = v.old_rev AND t.recent = v.old_recent AND t.generation = v.old_generation RETURNING t.id AS \"Value\"";

    /// <returns>False where others kept changing the same rows: what is left was put back, for the next turn.</returns>
    public async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        var open = recent.TakeAll().GroupBy(l => l.TokenId).ToDictionary(g => g.Key, g => g.OrderBy(l => l.Rev).ToArray());
        try
        {
            for (var tries = 0; open.Count > 0 && tries < MaxTries; tries++)
            {
                foreach (var ids in open.Keys.Chunk(BatchSize))
                {
                    foreach (var done in await WriteAsync(ids, open, cancellationToken))
                        open.Remove(done);
                }
            }
            return open.Count == 0;
        }
        finally
        {
            recent.Return(open.Values.SelectMany(l => l));
        }
    }

    /// <returns>The tokens that need no further try.</returns>
    private async Task<List<long>> WriteAsync(long[] ids, Dictionary<long, RecentLease[]> leases, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var rows = await store.Tokens.AsNoTracking().Where(t => ids.Contains(t.Id)).ToListAsync(cancellationToken);

        var done = ids.Except(rows.Select(r => r.Id)).ToList();
        var changes = new List<RecentChange>();
        foreach (var row in rows)
        {
            if (Change(row, leases[row.Id]) is { } change)
                changes.Add(change);
            else
                done.Add(row.Id);
        }
        if (changes.Count > 0)
        {
            var json = JsonSerializer.Serialize([.. changes], RecentChangesJson.Default.RecentChangeArray);
            done.AddRange(await store.Database.SqlQueryRaw<long>(_sql, json, database.Instant(time.GetUtcNow())).ToListAsync(cancellationToken));
        }
        return done;
    }

    /// <returns>Null where the row has seen everything.</returns>
    private RecentChange? Change(TokenRow row, RecentLease[] leases)
    {
        var (oldStatus, oldQuotas, oldFails) = (row.Status, row.Quotas, row.FailCount);
        var quotas = QuotaJson.Read(row.Quotas);
        var counted = CountedLeases.Of(row);
        var fresh = leases.Where(l => !counted.Has(l.Rev)).ToArray();
        foreach (var lease in fresh)
        {
            if (quotas.TryGetValue(lease.Scope, out var quota))
                quotas[lease.Scope] = Units(quota, lease);
            if (lease.Generation >= row.Generation)
                State(row, lease);
        }
        row.SetQuotas(quotas);
        if (row.Status == oldStatus && row.Quotas == oldQuotas && row.FailCount == oldFails)
            return null;
        counted = counted.With(fresh.Select(l => l.Rev));
        return new RecentChange(
            row.Id, row.Status.Name(), row.StatusReason, row.FailCount, row.Exhausted, row.Quotas, oldStatus.Name(), oldQuotas, oldFails)
        {
            Rev = counted.Rev,
            Recent = counted.ToJson(),
            OldRev = row.Rev,
            OldRecent = row.Recent,
            OldGeneration = row.Generation,
        };
    }

    private LedgerQuota Units(LedgerQuota quota, RecentLease lease)
    {
        if (lease.Settlement is not { } settlement)
            return quota with { Remaining = Math.Max(0, quota.Remaining - lease.Units) };
        if (settlement.Exhausted)
            return quota with { Remaining = 0, ResumeAt = lease.At + (settlement.ResumeAfter ?? catalog.Current.FindMode(lease.Scope)?.Window ?? TimeSpan.Zero) };
        // At 0 it is not known whether the window ended before the lease did: rather some units too few than a window revived.
        return settlement.Refund && quota.Remaining > 0 ? quota with { Remaining = Math.Min(quota.Limit, quota.Remaining + lease.Units) } : quota;
    }

    private static void State(TokenRow row, RecentLease lease)
    {
        if (lease.Settlement is not { } settlement)
            return;
        if (settlement.Succeeded)
            row.FailCount = 0;
        if (settlement.Failed)
            row.FailCount++;
        if (lease.StateChangedTo is { } state && row.Status == TokenState.Active)
            (row.Status, row.StatusReason) = (state, settlement.Reason);
    }
}

/// <summary>One row's change, and what the row must look like for it to count.</summary>
internal sealed record RecentChange(
    [property: JsonPropertyName("id")] long Id, [property: JsonPropertyName("status")] string Status, [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("fails")] int Fails, [property: JsonPropertyName("exhausted")] bool Exhausted, [property: JsonPropertyName("quotas")] string Quotas,
    [property: JsonPropertyName("old_status")] string OldStatus, [property: JsonPropertyName("old_quotas")] string OldQuotas,
    [property: JsonPropertyName("old_fails")] int OldFails)
{
    [JsonPropertyName("rev")] public required long Rev { get; init; }

    [JsonPropertyName("recent")] public required string Recent { get; init; }

    [JsonPropertyName("old_rev")] public required long OldRev { get; init; }

    [JsonPropertyName("old_recent")] public required string OldRecent { get; init; }

    [JsonPropertyName("old_generation")] public required int OldGeneration { get; init; }
}

/// <summary>Generated JSON code of <see cref="RecentLeaseWriter"/>.</summary>
[JsonSerializable(typeof(RecentChange[]))]
internal sealed partial class RecentChangesJson : JsonSerializerContext;
