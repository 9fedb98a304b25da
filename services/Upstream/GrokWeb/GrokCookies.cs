using System.Text;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Builds the one Cookie header: sso=T; sso-rw=T; cf_clearance=…, with only Cloudflare's own cookies of what an operator pasted.</summary>
internal static class GrokCookies
{
    private const string Clearance = "cf_clearance";
    private const int ValueLimit = 4096;
    private static readonly string[] Allowed = [Clearance, "__cf_bm", "_cfuvid"];

    public static string Header(string token, ProxyOptions proxy)
    {
        var sso = Clean(token);
        var header = new StringBuilder().Append("sso=").Append(sso).Append("; sso-rw=").Append(sso);
        foreach (var (name, value) in Cloudflare(proxy.CfCookies, proxy.CfClearance))
            header.Append("; ").Append(name).Append('=').Append(value);
        return header.ToString();
    }

    /// <summary>Whether the settings hold a cf_clearance of the operator's own.</summary>
    public static bool HasClearance(ProxyOptions proxy) =>
        (proxy.CfClearance.Length > 0 || proxy.CfCookies.Length > 0) && Cloudflare(proxy.CfCookies, proxy.CfClearance).Exists(c => string.Equals(c.Name, Clearance, StringComparison.OrdinalIgnoreCase));

    /// <summary>Tokens are pasted by people: " sso=abc; Path=/" is abc.</summary>
    public static string Clean(string token)
    {
        var text = token.AsSpan().Trim();
        if (text.StartsWith("sso=", StringComparison.OrdinalIgnoreCase))
            text = text["sso=".Length..];
        var end = text.IndexOf(';');
        if (end >= 0)
            text = text[..end];
        return new string([.. text.Trim().ToArray().Where(c => c is not ('\r' or '\n' or '\0'))]);
    }

    /// <summary>Allowed cookies in the order pasted, each name once; a clearance set on its own takes the pasted one's place.</summary>
    private static List<(string Name, string Value)> Cloudflare(string pasted, string clearance)
    {
        List<(string Name, string Value)> cookies = [];
        foreach (var part in pasted.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            if (equals > 0)
                Add(cookies, part[..equals].TrimEnd(), part[(equals + 1)..].TrimStart());
        }

        var own = clearance.Trim();
        if (own.StartsWith(Clearance + "=", StringComparison.OrdinalIgnoreCase))
            own = own[(Clearance.Length + 1)..];
        own = own.TrimEnd(';', ' ');
        if (!IsValue(own))
            return cookies;

        var at = cookies.FindIndex(c => string.Equals(c.Name, Clearance, StringComparison.OrdinalIgnoreCase));
        if (at >= 0)
            cookies[at] = (Clearance, own);
        else
            cookies.Add((Clearance, own));
        return cookies;
    }

    private static void Add(List<(string Name, string Value)> cookies, string name, string value)
    {
        if (IsAllowed(name) && IsValue(value) && !cookies.Exists(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase)))
            cookies.Add((name, value));
    }

    private static bool IsAllowed(string name) =>
        Array.Exists(Allowed, a => string.Equals(a, name, StringComparison.OrdinalIgnoreCase)) || name.StartsWith("cf_chl_", StringComparison.OrdinalIgnoreCase);

    private static bool IsValue(string value) => value.Length is > 0 and <= ValueLimit && !value.AsSpan().ContainsAnyExceptInRange('!', '~') && !value.Contains(';');
}
