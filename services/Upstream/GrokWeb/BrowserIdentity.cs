using System.Text.RegularExpressions;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Which browser a request claims to come from: its user agent, and client hints that agree with it.</summary>
internal sealed partial record BrowserIdentity(string UserAgent, string Brand, string Version)
{
    private const string ChromiumBrand = "Chromium";

    /// <summary>The operator's user agent, else that of proxy.browser, such as chrome_146, edge_146, firefox_147 or safari_26.</summary>
    public static BrowserIdentity Of(ProxyOptions proxy)
    {
        var name = proxy.Browser.Split('_')[0].ToLowerInvariant();
        var version = Digits.Match(proxy.Browser) is { Success: true } digits ? digits.Value : "146";
        var agent = proxy.UserAgent.Trim();
        if (agent.Length == 0)
            agent = AgentOf(name, version);

        // Hints that contradict the user agent give a request away: where it names its version, that one counts.
        var inAgent = ChromiumVersion.Match(agent);
        var brand = agent.Contains("Edg/", StringComparison.Ordinal) ? "Microsoft Edge" : "Google Chrome";
        return inAgent.Success ? new BrowserIdentity(agent, brand, inAgent.Groups[1].Value) : new BrowserIdentity(agent, "", "");
    }

    /// <summary>Only Chromium browsers send hints.</summary>
    public IEnumerable<(string Name, string Value)> ClientHints()
    {
        if (Version.Length == 0)
            yield break;

        yield return ("Sec-Ch-Ua", $"\"{ChromiumBrand}\";v=\"{Version}\", \"{Brand}\";v=\"{Version}\", \"Not_A Brand\";v=\"24\"");
        yield return ("Sec-Ch-Ua-Mobile", UserAgent.Contains("Mobile", StringComparison.Ordinal) ? "?1" : "?0");
        if (Platform() is { } platform)
            yield return ("Sec-Ch-Ua-Platform", $"\"{platform}\"");
        if (Architecture() is { } architecture)
        {
            yield return ("Sec-Ch-Ua-Arch", $"\"{architecture}\"");
            yield return ("Sec-Ch-Ua-Bitness", "\"64\"");
        }
        yield return ("Sec-Ch-Ua-Model", "\"\"");
    }

    private static string AgentOf(string browser, string version) => browser switch
    {
        "edge" => $"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36 Edg/{version}.0.0.0",
        "firefox" => $"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0",
        "safari" => $"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version}.0 Safari/605.1.15",
        _ => $"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36",
    };

    private string? Platform() => this switch
    {
        _ when Says("Windows") => "Windows",
        _ when Says("Android") => "Android",
        _ when Says("Macintosh") => "macOS",
        _ when Says("CrOS") => "Chrome OS",
        _ when Says("Linux") => "Linux",
        _ => null,
    };

    private string? Architecture() => this switch
    {
        _ when Says("Win64; x64") || Says("x86_64") || Says("Intel Mac") => "x86",
        _ when Says("aarch64") || Says("ARM64") => "arm",
        _ => null,
    };

    private bool Says(string word) => UserAgent.Contains(word, StringComparison.Ordinal);

    [GeneratedRegex("(?:Chrome|Chromium)/([0-9]+)")]
    private static partial Regex ChromiumVersion { get; }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits { get; }
}
