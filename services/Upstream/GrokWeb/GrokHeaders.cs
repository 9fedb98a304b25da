using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>The headers of a web request besides Cookie: a plain browser's, where the operator's table <c>[upstream.headers]</c> has the last word.</summary>
internal static class GrokHeaders
{
    public static void Apply(HttpRequestMessage request, SettingsSnapshot settings)
    {
        var operators = settings.Upstream.Headers;
        foreach (var (name, value) in Defaults(settings))
        {
            if (!Mentions(operators, name))
                request.Headers.TryAddWithoutValidation(name, value);
        }

        foreach (var (name, value) in operators)
        {
            if (value.Length == 0 || IsOurs(name))
                continue;
            if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                SetContentHeader(request, name, value);
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static IEnumerable<(string Name, string Value)> Defaults(SettingsSnapshot settings)
    {
        var origin = new Uri(settings.Upstream.WebBaseUrl).GetLeftPart(UriPartial.Authority);
        var browser = BrowserIdentity.Of(settings.Proxy);
        yield return ("Accept", "*/*");
        yield return ("Accept-Encoding", "gzip, deflate, br");
        yield return ("Accept-Language", "en-US,en;q=0.9");
        yield return ("Cache-Control", "no-cache");
        yield return ("Origin", origin);
        yield return ("Pragma", "no-cache");
        yield return ("Priority", "u=1, i");
        yield return ("Referer", origin + "/");
        foreach (var hint in browser.ClientHints())
            yield return hint;
        yield return ("Sec-Fetch-Dest", "empty");
        yield return ("Sec-Fetch-Mode", "cors");
        yield return ("Sec-Fetch-Site", "same-origin");
        yield return ("User-Agent", browser.UserAgent);
        yield return ("x-xai-request-id", Guid.NewGuid().ToString());
    }

    private static void SetContentHeader(HttpRequestMessage request, string name, string value)
    {
        request.Content?.Headers.Remove(name);
        request.Content?.Headers.TryAddWithoutValidation(name, value);
    }

    private static bool Mentions(Dictionary<string, string> headers, string name)
    {
        foreach (var key in headers.Keys)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>Headers of the connection or of the token, which no table changes.</summary>
    private static bool IsOurs(string name) => name.ToLowerInvariant() is "cookie" or "host" or "connection" or "content-length" or "content-encoding" or "transfer-encoding";
}
