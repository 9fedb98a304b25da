namespace GrokForge.ServiceDefaults.Models;

/// <summary>The pools of upstream tokens and their names: canonical inside (basic), the seed's on REST and exports (ssoBasic).</summary>
public static class Pools
{
    public const string Basic = "basic";
    public const string Super = "super";
    public const string Heavy = "heavy";
    public const string Xai = "xai";

    /// <summary>Web pools, lowest first.</summary>
    public static IReadOnlyList<string> Web { get; } = [Basic, Super, Heavy];

    /// <summary>The web pools from a floor upward.</summary>
    public static IReadOnlyList<string> FromFloor(string floor) => floor switch
    {
        Super => [Super, Heavy],
        Heavy => [Heavy],
        _ => Web,
    };

    /// <summary>basic, ssoBasic, SSOBASIC, ssoNormal (as grok2api has it) → basic; null where the name is unknown.</summary>
    public static string? Canonical(string name) => name.Trim().ToLowerInvariant() switch
    {
        Basic or "ssobasic" or "ssonormal" => Basic,
        Super or "ssosuper" => Super,
        Heavy or "ssoheavy" => Heavy,
        Xai => Xai,
        _ => null,
    };

    /// <summary>basic → ssoBasic, as admin REST and exports write it.</summary>
    public static string SeedName(string canonical) => canonical switch
    {
        Basic => "ssoBasic",
        Super => "ssoSuper",
        Heavy => "ssoHeavy",
        _ => canonical,
    };
}
