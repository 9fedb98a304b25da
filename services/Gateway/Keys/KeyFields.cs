using Grpc.Core;

namespace GrokForge.Gateway.Keys;

/// <summary>Checks the fields of a virtual key. A bad one is INVALID_ARGUMENT, and its message begins with the field's name and a colon.</summary>
internal static class KeyFields
{
    private const int NameLength = 128;
    private const int ModelLength = 128;
    private const int ModelCount = 500;
    private const long LastUnixSecond = 253402300799;

    public static string Name(string name)
    {
        var trimmed = name.Trim();
        return trimmed switch
        {
            "" => throw Bad("name", "give the key a name"),
            { Length: > NameLength } => throw Bad("name", $"at most {NameLength} characters"),
            _ when trimmed.Any(char.IsControl) => throw Bad("name", "no control characters"),
            _ => trimmed,
        };
    }

    public static string Status(string status) =>
        status is VirtualKey.Active or VirtualKey.Inactive ? status : throw Bad("status", $"one of {VirtualKey.Active}, {VirtualKey.Inactive}");

    /// <summary>Empty: as the setting says.</summary>
    public static string ReasoningFormat(string format) =>
        format is "" or "think_tags" or "reasoning_content" or "both" ? format : throw Bad("reasoning_format", "one of think_tags, reasoning_content, both, or empty");

    public static List<string> Whitelist(IReadOnlyList<string> models)
    {
        var kept = models.Select(m => m.Trim()).Where(m => m.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (kept.Count > ModelCount || kept.Exists(m => m.Length > ModelLength || m.Any(char.IsControl)))
            throw Bad("model_whitelist", $"at most {ModelCount} model ids of at most {ModelLength} printable characters");

        return kept;
    }

    public static int Limit(string field, int limit) => limit >= 0 ? limit : throw Bad(field, "0 (no limit) or more");

    /// <summary>0 means never.</summary>
    public static DateTimeOffset? Expiry(long unixSeconds) => unixSeconds switch
    {
        0 => null,
        < 0 or > LastUnixSecond => throw Bad("expires_at", "a point in time between 1970 and 9999"),
        _ => DateTimeOffset.FromUnixTimeSeconds(unixSeconds),
    };

    private static RpcException Bad(string field, string rule) => new(new Status(StatusCode.InvalidArgument, $"{field}: {rule}."));
}
