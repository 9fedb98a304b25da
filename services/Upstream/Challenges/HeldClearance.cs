using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.Challenges;

/// <summary>A clearance as the solver got it: cookies and the user agent they were given to, which are only ever used together.</summary>
/// <param name="Version">As its owner counts; empty: there is none.</param>
internal sealed record HeldClearance(string Version, string Cookies, string UserAgent, string Browser)
{
    public static HeldClearance None { get; } = new("", "", "", "");

    public bool IsThere => Version.Length > 0;

    /// <summary>The settings with this clearance in place of the operator's values.</summary>
    public SettingsSnapshot On(SettingsSnapshot settings) => settings with
    {
        Proxy = settings.Proxy with { CfCookies = Cookies, CfClearance = "", UserAgent = UserAgent, Browser = Browser },
    };

    /// <summary>The cookies are secrets.</summary>
    public override string ToString() => $"clearance {Version}";
}

/// <summary>What a request goes by: the settings with the clearance of its egress in them.</summary>
/// <param name="Egress">Its name; empty where there is no solver.</param>
/// <param name="Version">The clearance in use; empty: the operator's own, or none.</param>
internal sealed record Cleared(SettingsSnapshot Settings, string Egress, string Version);
