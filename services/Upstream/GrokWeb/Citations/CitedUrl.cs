using GrokForge.Upstream.GrokWeb.AnswerImages;

namespace GrokForge.Upstream.GrokWeb.Citations;

/// <summary>Which addresses may be cited, and how they are written into Markdown.</summary>
internal static class CitedUrl
{
    /// <summary>An address of a page anybody can open.</summary>
    public static bool IsGood(string url, MediaAddresses addresses) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && !addresses.IsMedia(url);

    /// <summary>The address with everything escaped that would end it inside ( and ).</summary>
    public static string InMarkdown(string url) => string.Concat(url.Select(c => c switch
    {
        '(' or ')' or '<' or '>' or '\\' or '"' or '`' or '[' or ']' => Uri.HexEscape(c),
        _ when char.IsControl(c) || char.IsWhiteSpace(c) => Uri.EscapeDataString(c.ToString()),
        _ => c.ToString(),
    }));
}
