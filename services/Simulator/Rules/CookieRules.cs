using Microsoft.Extensions.Primitives;

namespace GrokForge.Simulator.Rules;

/// <summary>Checks the Cookie header against §2.1, e.g. "sso=t; sso-rw=t; cf_clearance=c". Problems never quote a value.</summary>
internal static class CookieRules
{
    private const string Section = "2.1";
    private static readonly string[] Allowed = ["cf_clearance", "__cf_bm", "_cfuvid"];

    /// <summary>The token of a request, or empty: the first sso cookie, however badly the rest is formed.</summary>
    public static string TokenOf(StringValues header) =>
        header.SelectMany(line => Split(line ?? "")).FirstOrDefault(cookie => cookie.Name == "sso").Value ?? "";

    /// <summary>The first cf_clearance of a header, or empty.</summary>
    public static string ClearanceOf(string header) => Split(header).FirstOrDefault(cookie => cookie.Name == "cf_clearance").Value ?? "";

    public static void Check(StringValues header, Findings findings)
    {
        if (header.Count != 1)
        {
            findings.Add(Section, "Cookie", $"must be sent once, was sent {header.Count} times");
            return;
        }

        var line = header[0] ?? "";
        var cookies = Split(line);
        findings.Require(line == string.Join("; ", cookies.Select(cookie => $"{cookie.Name}={cookie.Value}")), Section, "Cookie", "must be name=value pairs joined by '; '");
        findings.Require(!line.Any(char.IsControl), Section, "Cookie", "must not contain control characters");
        CheckSession(cookies, findings);
        CheckOthers(cookies, findings);
    }

    private static void CheckSession(List<(string Name, string Value)> cookies, Findings findings)
    {
        var sso = cookies.Where(cookie => cookie.Name == "sso").ToList();
        var ssoRw = cookies.Where(cookie => cookie.Name == "sso-rw").ToList();
        findings.Require(sso is [{ Value.Length: > 0 }], Section, "sso", "must be there once, with a value");
        findings.Require(ssoRw is [{ Value.Length: > 0 }], Section, "sso-rw", "must be there once, with a value");
        if (sso.Count == 0 || ssoRw.Count == 0)
        {
            return;
        }

        findings.Require(sso[0].Value == ssoRw[0].Value, Section, "sso-rw", "must carry the same value as sso");
        findings.Require(!sso[0].Value.StartsWith("sso=", StringComparison.Ordinal), Section, "sso", "must not begin with 'sso=' again");
        findings.Require(cookies is [{ Name: "sso" }, { Name: "sso-rw" }, ..], Section, "Cookie", "must begin with sso and sso-rw");
    }

    private static void CheckOthers(List<(string Name, string Value)> cookies, Findings findings)
    {
        var others = cookies.Where(cookie => cookie.Name is not ("sso" or "sso-rw")).ToList();
        foreach (var (name, value) in others)
        {
            var known = Allowed.Contains(name, StringComparer.Ordinal) || name.StartsWith("cf_chl_", StringComparison.Ordinal);
            findings.Require(known, Section, name, "is not one of the allowed cookies");
            findings.Require(value.Length > 0, Section, name, "must not be empty");
        }

        foreach (var name in others.GroupBy(cookie => cookie.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key))
        {
            findings.Add(Section, name, "must be sent at most once");
        }
    }

    private static List<(string Name, string Value)> Split(string line) =>
        [.. line.Split(';').Select(part => part.Trim(' ').Split('=', 2)).Select(pair => (pair[0], pair.Length > 1 ? pair[1] : ""))];
}
