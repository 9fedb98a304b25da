using System.Text.Json;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Keys;

namespace GrokForge.Admin.ApiKeys;

/// <summary>A virtual key as the admin REST shows it, masked.</summary>
internal sealed record ApiKeyJson(
    long Id, string Key, string Name, string Status, IReadOnlyList<string> ModelWhitelist, int RateLimit, int DailyLimit, long DailyUsed, long TotalUsed,
    string? LastUsedAt, string? ExpiresAt, string? CreatedAt, string? UpdatedAt, string ReasoningFormat)
{
    public static ApiKeyJson From(VirtualKeyView key) => new(
        key.Id, key.Masked, key.Name, key.Status, key.ModelWhitelist, key.RateLimit, key.DailyLimit, key.DailyUsed, key.TotalUsed,
        Instant.OfSeconds(key.LastUsedAt), Instant.OfSeconds(key.ExpiresAt), Instant.OfSeconds(key.CreatedAt), Instant.OfSeconds(key.UpdatedAt),
        key.ReasoningFormat);
}

/// <summary>A key in full, as creating and regenerating show it once.</summary>
internal sealed record NewApiKeyJson(long Id, string Key, string Name)
{
    public static NewApiKeyJson From(CreatedKey key) => new(key.Id, key.Key, key.Name);
}

/// <summary>The body of POST and PATCH /admin/apikeys: POST needs a name, PATCH changes what is given.</summary>
/// <param name="ReasoningFormat">think_tags, reasoning_content, both; empty: as app.reasoning_format says.</param>
/// <param name="ExpiresAt">RFC 3339; null or an empty text: never.</param>
internal sealed record ApiKeyRequest(string? Name, string? Status, string?[]? ModelWhitelist, int? RateLimit, int? DailyLimit, JsonElement ExpiresAt, string? ReasoningFormat = null)
{
    public (CreateKeyRequest? Request, AdminError? Error) ToCreate()
    {
        if (string.IsNullOrWhiteSpace(Name))
            return (null, AdminError.Bad("name_required", "name: give the key a name.", "name"));
        if (Expiry() is not { } expiry)
            return (null, InvalidExpiry);

        return (new CreateKeyRequest
        {
            Name = Name,
            ModelWhitelist = { Whitelist() },
            RateLimit = RateLimit ?? 0,
            DailyLimit = DailyLimit ?? 0,
            ExpiresAt = expiry,
            ReasoningFormat = ReasoningFormat ?? "",
        }, null);
    }

    public (UpdateKeyRequest? Request, AdminError? Error) ToUpdate(long id)
    {
        var request = new UpdateKeyRequest { Id = id, SetWhitelist = ModelWhitelist is not null, ModelWhitelist = { Whitelist() } };
        if (Name is not null)
            request.Name = Name;
        if (Status is not null)
            request.Status = Status;
        if (RateLimit is { } rate)
            request.RateLimit = rate;
        if (DailyLimit is { } daily)
            request.DailyLimit = daily;
        if (ReasoningFormat is not null)
            request.ReasoningFormat = ReasoningFormat;
        if (ExpiresAt.ValueKind != JsonValueKind.Undefined)
        {
            if (Expiry() is not { } expiry)
                return (null, InvalidExpiry);
            request.ExpiresAt = expiry;
        }

        return (request, null);
    }

    private static AdminError InvalidExpiry { get; } =
        AdminError.Bad("invalid_expires_at", "expires_at: a point in time such as 2027-01-31T09:30:00Z, or null for never.", "expires_at");

    private IEnumerable<string> Whitelist() => (ModelWhitelist ?? []).OfType<string>();

    /// <summary>Unix seconds, 0 for never; null where it is not a point in time after 1970.</summary>
    private long? Expiry() => ExpiresAt.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => 0,
        JsonValueKind.String when ExpiresAt.ValueEquals("") => 0,
        JsonValueKind.String when Instant.Parse(ExpiresAt.GetRawText().Trim('"')) is { } instant and > 0 => instant,
        _ => null,
    };
}
