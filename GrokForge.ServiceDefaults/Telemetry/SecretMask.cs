using System.Text.RegularExpressions;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>Takes out of a text what looks like a secret: a last net below the rule that secrets are never logged.</summary>
public static partial class SecretMask
{
    private const string Masked = "***";

    /// <summary>Masks virtual keys, session and clearance cookies, bearer values, and credentials in URLs and connection strings.</summary>
    public static string Apply(string text) => MayHold(text) ? Secrets().Replace(text, m => m.Groups["keep"].Value + Masked + m.Groups["after"].Value) : text;

    // Samples: gf-0123abcd...  sso=eyJ...;  eyJh.eyJz.sig  sso-rw=...  cf_clearance=...  Authorization: Bearer eyJ...  http://user:pw@proxy  Password=secret;
    [GeneratedRegex(
        """
        (?<keep>\bgf-)[0-9A-Fa-f]{8,}
        | (?<keep>\b(?:sso|sso-rw|cf_clearance|__cf_bm)=)[^;\s"',&\\]+
        | (?<keep>\bbearer\s+)[^\s"',;\\]{8,}
        | (?<keep>\beyJ)[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){1,2}
        | (?<keep>\b[a-z][a-z0-9+.\-]*://)[^\s/@"'\\]+(?<after>@)
        | (?<keep>\b(?:password|pwd|passwd)=)(?:'[^']*'|"[^"]*"|[^;\s"',&\\]+)
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Secrets();

    // Every masked form holds one of these: most lines hold none and cost no match.
    private static bool MayHold(string text) => text.AsSpan().ContainsAny('=', '@') || text.Contains("gf-", StringComparison.OrdinalIgnoreCase) || text.Contains("bearer", StringComparison.OrdinalIgnoreCase)
        || text.Contains("eyJ", StringComparison.Ordinal);
}
