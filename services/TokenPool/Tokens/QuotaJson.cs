using System.Text.Json;
using System.Text.Json.Serialization;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Writes a token's quotas into one column, such as {"auto":{"left":3,"limit":7,"resume":0,"seen":1767225600000}}: one row, one write, on both databases.</summary>
internal static class QuotaJson
{
    public const string Empty = "{}";

    public static string Write(IReadOnlyDictionary<string, LedgerQuota> quotas)
    {
        // Sorted, so that equal quotas are equal text.
        var stored = new SortedDictionary<string, StoredQuota>(StringComparer.Ordinal);
        foreach (var (mode, quota) in quotas)
            stored[mode] = new StoredQuota(quota.Remaining, quota.Limit, quota.ResumeAt?.ToUnixTimeMilliseconds() ?? 0, quota.ObservedAt?.ToUnixTimeMilliseconds() ?? 0);
        return JsonSerializer.Serialize(stored, StoredQuotas.Default.SortedDictionaryStringStoredQuota);
    }

    public static Dictionary<string, LedgerQuota> Read(string json)
    {
        var stored = JsonSerializer.Deserialize(json, StoredQuotas.Default.SortedDictionaryStringStoredQuota) ?? [];
        var quotas = new Dictionary<string, LedgerQuota>(stored.Count, StringComparer.Ordinal);
        foreach (var (mode, quota) in stored)
        {
            quotas[mode] = new LedgerQuota(quota.Left, quota.Limit, Instant(quota.Resume)) { ObservedAt = Instant(quota.Seen) };
        }
        return quotas;
    }

    private static DateTimeOffset? Instant(long ms) => ms == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(ms);
}

/// <summary>One mode's units in the column.</summary>
/// <param name="Resume">Unix milliseconds; 0: not waiting.</param>
/// <param name="Seen">Unix milliseconds of the upstream's last word; 0: never.</param>
internal sealed record StoredQuota(
    [property: JsonPropertyName("left")] int Left, [property: JsonPropertyName("limit")] int Limit, [property: JsonPropertyName("resume")] long Resume,
    [property: JsonPropertyName("seen"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Seen);

/// <summary>Generated JSON code of <see cref="QuotaJson"/>.</summary>
[JsonSerializable(typeof(SortedDictionary<string, StoredQuota>))]
internal sealed partial class StoredQuotas : JsonSerializerContext;
