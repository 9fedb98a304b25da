namespace GrokForge.Gateway.Keys;

/// <summary>What a replica remembers of a virtual key between two look-ups.</summary>
internal sealed record KnownKey(
    RequestKey Key, bool IsActive, DateTimeOffset? ExpiresAt, int RateLimit, int DailyLimit, long Version)
{
    public static KnownKey From(VirtualKey row) => new(
        new RequestKey(row.Id, row.Name, row.ModelWhitelist) { ReasoningFormat = row.ReasoningFormat }, row.Status == VirtualKey.Active, row.ExpiresAt, row.RateLimit, row.DailyLimit, row.Version);
}
