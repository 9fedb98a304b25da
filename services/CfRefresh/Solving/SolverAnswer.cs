using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GrokForge.ServiceDefaults.Telemetry;

namespace GrokForge.CfRefresh.Solving;

/// <summary>
/// Reads what a solver says, e.g. {"status":"ok","message":"Challenge solved!","solution":{"status":200,"userAgent":"Mozilla/5.0 …","cookies":[{"name":"cf_clearance","value":"abc"}]}}
/// or, commonly with HTTP 500, {"status":"error","message":"Error: Error solving the challenge. Timeout after 60.0 seconds."}
/// </summary>
internal static partial class SolverAnswer
{
    private const int CookiesLimit = 16 * 1024;
    private const int UserAgentLimit = 512;
    private const int WordsLimit = 200;

    public static Solution Read(ReadOnlyMemory<byte> body, HttpStatusCode status, SolveTarget target)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return Read(json.RootElement, status, target);
        }
        catch (JsonException)
        {
            return Solution.Failed($"the solver's answer ({(int)status}) is not JSON; is proxy.flaresolverr_url a FlareSolverr?");
        }
    }

    private static Solution Read(JsonElement answer, HttpStatusCode status, SolveTarget target)
    {
        if (Text(answer, "status") != "ok")
        {
            var words = Shown(Text(answer, "message") ?? Text(answer, "error") ?? "", target);
            return Solution.Failed(words.Length > 0 ? $"the solver says: {words}" : $"the solver answered {(int)status} without a reason");
        }

        if (Member(answer, "solution") is not { ValueKind: JsonValueKind.Object } solution)
            return Solution.Failed("the solver's answer has no solution in it");
        if (Member(solution, "status") is { ValueKind: JsonValueKind.Number } page && page.TryGetInt32(out var code) && code >= 400)
            return Solution.Failed($"the web upstream answered the solver's browser with {code}: this egress is refused");
        if (Text(solution, "userAgent")?.Trim() is not { Length: > 0 and <= UserAgentLimit } agent || !agent.StartsWith("Mozilla/", StringComparison.Ordinal) || !IsOneLine(agent))
            return Solution.Failed("the solver's answer names no browser's user agent");
        return new Solution(Cookies(solution), agent, BrowserOf(agent), null);
    }

    /// <summary>All cookies whose form lets them stand in a header; which of them are sent upstream is decided there.</summary>
    private static string Cookies(JsonElement solution)
    {
        if (Member(solution, "cookies") is not { ValueKind: JsonValueKind.Array } cookies)
            return "";
        var line = new StringBuilder();
        foreach (var cookie in cookies.EnumerateArray())
        {
            if (Text(cookie, "name") is not { Length: > 0 } name || Text(cookie, "value") is not { } value || !IsToken(name) || !IsToken(value))
                continue;
            if (line.Length + name.Length + value.Length + 3 > CookiesLimit)
                break;
            line.Append(line.Length > 0 ? "; " : "").Append(name).Append('=').Append(value);
        }
        return line.ToString();
    }

    private static string BrowserOf(string agent) => ChromeVersion.Match(agent) is { Success: true } version ? $"chrome_{version.Groups[1].Value}" : "chrome_120";

    /// <summary>A solver's words may repeat the proxy it was given.</summary>
    private static string Shown(string words, SolveTarget target)
    {
        if (SolverProxy.Of(target.ProxyUrl) is { } proxy)
        {
            foreach (var secret in (string?[])[proxy.Password, proxy.Username])
            {
                if (!string.IsNullOrEmpty(secret))
                    words = words.Replace(secret, "***", StringComparison.Ordinal).Replace(Uri.EscapeDataString(secret), "***", StringComparison.Ordinal);
            }
        }
        words = new string([.. SecretMask.Apply(words).Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
        return words.Length > WordsLimit ? words[..WordsLimit] + "…" : words;
    }

    private static bool IsToken(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains(';', StringComparison.Ordinal);

    private static bool IsOneLine(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    [GeneratedRegex("Chrom(?:e|ium)/([0-9]{1,4})")]
    private static partial Regex ChromeVersion { get; }
}
