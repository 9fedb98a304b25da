using System.Text.RegularExpressions;

namespace GrokForge.Simulator.Rules;

/// <summary>Checks User-Agent and the client hints that must match it (§2.2).</summary>
internal static partial class ClientHintRules
{
    private const string Section = "2.2";

    private static readonly string[] All =
        ["Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "Sec-Ch-Ua-Arch", "Sec-Ch-Ua-Bitness", "Sec-Ch-Ua-Model"];

    public static void Check(IHeaderDictionary headers, Findings findings)
    {
        var agent = headers.UserAgent.ToString();
        findings.Require(agent.StartsWith("Mozilla/5.0 (", StringComparison.Ordinal), Section, "User-Agent", $"must be a browser's, was '{agent}'");

        var chromium = ChromiumVersion().Match(agent);
        if (!chromium.Success)
        {
            foreach (var name in All.Where(headers.ContainsKey))
            {
                findings.Add(Section, name, "is sent by Chromium browsers only");
            }

            return;
        }

        CheckBrand(headers, chromium.Groups["version"].Value, findings);
        CheckPlatform(headers, agent, findings);
        CheckMachine(headers, findings);
    }

    private static void CheckBrand(IHeaderDictionary headers, string version, Findings findings)
    {
        var brands = headers["Sec-Ch-Ua"].ToString();
        var matches = Brand().Matches(brands);
        var wellFormed = matches.Count > 0 && string.Join(", ", matches.Select(match => match.Value)) == brands;
        findings.Require(wellFormed, Section, "Sec-Ch-Ua", "must be a list of \"brand\";v=\"version\"");
        findings.Require(!wellFormed || matches.Any(match => match.Groups["version"].Value == version), Section, "Sec-Ch-Ua", $"must name the user agent's version {version}");
    }

    private static void CheckPlatform(IHeaderDictionary headers, string agent, Findings findings)
    {
        var mobile = agent.Contains("Mobile", StringComparison.Ordinal) ? "?1" : "?0";
        findings.Require(headers["Sec-Ch-Ua-Mobile"] == mobile, Section, "Sec-Ch-Ua-Mobile", $"must be '{mobile}' for this user agent, was '{headers["Sec-Ch-Ua-Mobile"]}'");
        var platform = PlatformOf(agent);
        findings.Require(
            headers["Sec-Ch-Ua-Platform"] == platform, Section, "Sec-Ch-Ua-Platform", $"must be '{platform}' for this user agent, was '{headers["Sec-Ch-Ua-Platform"]}'");
    }

    private static void CheckMachine(IHeaderDictionary headers, Findings findings)
    {
        foreach (var name in (ReadOnlySpan<string>)["Sec-Ch-Ua-Arch", "Sec-Ch-Ua-Bitness"])
        {
            findings.Require(!headers.ContainsKey(name) || Quoted().IsMatch(headers[name].ToString()), Section, name, "must be a quoted word where it is sent");
        }

        findings.Require(headers.TryGetValue("Sec-Ch-Ua-Model", out var model) && model.ToString() is "" or "\"\"", Section, "Sec-Ch-Ua-Model", "must be an empty string");
    }

    private static string PlatformOf(string agent) => agent switch
    {
        _ when agent.Contains("Android", StringComparison.Ordinal) => "\"Android\"",
        _ when agent.Contains("Windows", StringComparison.Ordinal) => "\"Windows\"",
        _ when agent.Contains("CrOS", StringComparison.Ordinal) => "\"Chrome OS\"",
        _ when agent.Contains("Macintosh", StringComparison.Ordinal) => "\"macOS\"",
        _ => "\"Linux\"",
    };

    [GeneratedRegex(@"(?:Chrome|Chromium)/(?<version>\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex ChromiumVersion();

    [GeneratedRegex("\"[^\"]+\";v=\"(?<version>[0-9.]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Brand();

    [GeneratedRegex("^\"[A-Za-z0-9]+\"$", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();
}
