using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Gateway.Keys;

/// <summary>What a replica remembers of a virtual key between two look-ups.</summary>
internal sealed record KnownKey(
    RequestKey Key, bool IsActive, DateTimeOffset? ExpiresAt, int RateLimit, int DailyLimit, long Version)
{
    public const string Columns = "id, name, model_whitelist, reasoning_format, status, expires_at, rate_limit, daily_limit, version";

    /// <summary>Of <see cref="Columns"/>.</summary>
    public static KnownKey Read(StoredRow row) => new(
        new RequestKey(row.BigNumber(0), row.Text(1), row.Texts(2)) { ReasoningFormat = row.Text(3) },
        row.Text(4) == VirtualKey.Active, row.InstantOrNull(5), row.Number(6), row.Number(7), row.BigNumber(8));
}
