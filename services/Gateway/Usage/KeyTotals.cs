using System.Text.Json;
using System.Text.Json.Serialization;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Store;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Gateway.Usage;

/// <summary>Adds what requests cost to the totals of their keys, in one statement for all keys.</summary>
internal static class KeyTotals
{
    private const string Changes =
        "used_today = CASE WHEN k.used_day = v.day THEN k.used_today + v.today WHEN k.used_day < v.day THEN v.today ELSE k.used_today END, "
        + "used_day = CASE WHEN k.used_day < v.day THEN v.day ELSE k.used_day END, total_used = k.total_used + v.total";

    // Every replica locks the keys in the same order, so that two batches never wait for each other in a circle.
    private const string Postgres =
        "WITH v AS (SELECT * FROM json_to_recordset({0}::json) AS v(id bigint, day int, today bigint, total bigint, last timestamptz)), "
        + $"locked AS (SELECT k.id FROM {GatewayStore.Schema}.{VirtualKey.Table} AS k JOIN v ON v.id = k.id ORDER BY k.id FOR NO KEY UPDATE OF k) "
        + $"UPDATE {GatewayStore.Schema}.{VirtualKey.Table} AS k SET {Changes}, last_used_at = v.last FROM v JOIN locked ON locked.id = v.id WHERE k.id = v.id";

    private const string Sqlite =
        $"UPDATE {GatewayStore.Schema}_{VirtualKey.Table} AS k SET {Changes}, last_used_at = v.last FROM (SELECT value->>'id' AS id, value->>'day' AS day, "
        + "value->>'today' AS today, value->>'total' AS total, value->>'last_ticks' AS last FROM json_each({0})) AS v WHERE k.id = v.id";

    /// <summary>Adds within the store's transaction.</summary>
    public static async Task AddAsync(GatewayStore store, IEnumerable<UsageEntry> entries, CancellationToken cancellationToken)
    {
        var uses = entries.Where(CountsForKey).GroupBy(e => e.KeyId).Select(Use).ToArray();
        if (uses.Length > 0)
        {
            var json = JsonSerializer.Serialize(uses, UsedKeysJson.Default.UsedKeyArray);
            await store.Database.ExecuteSqlRawAsync(store.Database.IsNpgsql() ? Postgres : Sqlite, [json], cancellationToken);
        }
    }

    // Of several days only the latest can be the key's day afterwards.
    private static UsedKey Use(IGrouping<long, UsageEntry> entries)
    {
        var day = entries.Max(e => UtcDay.Of(e.CreatedAt));
        var last = entries.Max(e => e.CreatedAt).ToUniversalTime();
        return new UsedKey(entries.Key, day, entries.Count(e => UtcDay.Of(e.CreatedAt) == day), entries.Count(), last, last.Ticks);
    }

    /// <summary>As the door counts: a request that failed costs a key nothing, and its unit of the day is refunded there.</summary>
    private static bool CountsForKey(UsageEntry entry) => entry.KeyId != 0 && KeyUse.Counts(entry.Status, entry.Outcome);
}

/// <summary>What one batch adds to one key.</summary>
/// <param name="Today">Of <paramref name="Total"/> those of <paramref name="Day"/>.</param>
/// <param name="LastTicks">As SQLite keeps <paramref name="Last"/>.</param>
internal sealed record UsedKey(long Id, int Day, int Today, int Total, DateTimeOffset Last, long LastTicks);

/// <summary>Generated JSON code of <see cref="KeyTotals"/>: members are named like columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UsedKey[]))]
internal sealed partial class UsedKeysJson : JsonSerializerContext;
