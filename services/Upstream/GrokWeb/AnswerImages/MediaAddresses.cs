using System.Text;
using System.Text.RegularExpressions;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>
/// Knows which addresses lead to the upstream's pictures and files, which only its own accounts can open: https://assets.grok.com/users/u/generated/i/image.jpg,
/// users/u/f/content. A mere mention of the upstream, such as https://grok.com/plans, is none of them.
/// </summary>
internal sealed partial class MediaAddresses
{
    /// <summary>Bytes of the longest host, with its port, that is looked for.</summary>
    public const int LongestHost = 64;

    private const string AssetsHost = "assets.grok.com";

    // How far into a path its kind is told.
    private const int TellingPath = 512;

    // Nothing but media lives on these; the web hosts have pages too.
    private static readonly string[] KnownMediaHosts = [AssetsHost, "imagine-public.grok.com", "imagine-public.x.ai", "imgen.x.ai", "vidgen.x.ai"];

    private readonly Uri _assets;
    private readonly HashSet<string> _mediaHosts;
    private readonly string[] _roots;
    private readonly byte[][] _rootBytes;

    public MediaAddresses(UpstreamOptions upstream)
    {
        _assets = new Uri(upstream.AssetsBaseUrl + "/");
        var web = new Uri(upstream.WebBaseUrl);
        _mediaHosts = new(KnownMediaHosts, StringComparer.OrdinalIgnoreCase);
        if (_assets.Authority != web.Authority)
            _mediaHosts.Add(_assets.Authority);
        _roots = [.. new[] { "grok.com", "x.ai", _assets.Authority, web.Authority }.Distinct(StringComparer.OrdinalIgnoreCase)];
        _rootBytes = [.. _roots.Select(Encoding.ASCII.GetBytes)];
    }

    /// <summary>Whether a text that goes on with a '/' names one of the upstream's hosts at its end.</summary>
    public bool EndsWithHost(ReadOnlySpan<byte> text)
    {
        var bare = WithoutPort(text);
        foreach (var root in _rootBytes)
        {
            if (EndsWith(text, root) || EndsWith(bare, root))
                return true;
        }
        return false;
    }

    /// <summary>Whether a word of a text is, or has in it, an address of media: with or without scheme, or a path alone, as it stands or as JSON and other addresses spell it.</summary>
    public bool IsMedia(string word) =>
        IsPlainMedia(word) || (word.AsSpan().ContainsAny('\\', '%') && IsPlainMedia(EscapedAscii.Plain(word)));

    /// <summary>Where to fetch it; null: not from a host of the upstream, or no longer media once the address is read as servers read it.</summary>
    public Uri? Locate(string address) =>
        !ClimbsUp(address) && Read(address) is { } found && LeadsToMedia(found) ? found : null;

    /// <summary>The same for every spelling of one picture's address.</summary>
    public string Key(string address)
    {
        var at = Locate(address);
        return at is null ? address : at.Authority == _assets.Authority ? at.AbsolutePath : at.Authority + at.AbsolutePath;
    }

    private bool IsPlainMedia(string word)
    {
        if (MediaPath.IsMatch(word.StartsWith('/') ? word[1..] : word))
            return true;
        foreach (var root in _roots)
        {
            for (var at = word.IndexOf(root, StringComparison.OrdinalIgnoreCase); at >= 0; at = word.IndexOf(root, at + root.Length, StringComparison.OrdinalIgnoreCase))
            {
                if (LeadsToMedia(word, at, at + root.Length))
                    return true;
            }
        }
        return false;
    }

    /// <summary>/images/../rest/x looks like a picture and leads elsewhere.</summary>
    private static bool ClimbsUp(string address) =>
        Uri.UnescapeDataString(address).Split('/', '\\').Any(segment => segment is "." or "..");

    private Uri? Read(string address)
    {
        var text = address.StartsWith("//", StringComparison.Ordinal) ? "https:" + address : address;
        if (!text.Contains("://", StringComparison.Ordinal))
            return Uri.TryCreate(_assets, text.TrimStart('/'), out var relative) && relative.Authority == _assets.Authority ? relative : null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var absolute) || absolute.Scheme is not ("http" or "https") || absolute.UserInfo.Length > 0)
            return null;
        if (absolute.Authority == _assets.Authority)
            return absolute.Scheme == _assets.Scheme ? absolute : new Uri(_assets, absolute.PathAndQuery.TrimStart('/'));
        if (absolute.Host.Equals(AssetsHost, StringComparison.OrdinalIgnoreCase))
            return new Uri(_assets, absolute.PathAndQuery.TrimStart('/'));
        return IsOurs(absolute.Host) ? new UriBuilder(absolute) { Scheme = "https", Port = -1 }.Uri : null;
    }

    private bool LeadsToMedia(Uri found) =>
        IsOfMediaHost(found.Authority) || IsOfMediaHost(found.Host) || WebMediaPath.IsMatch(Uri.UnescapeDataString(found.AbsolutePath).TrimStart('/'));

    private bool LeadsToMedia(string word, int rootBegin, int rootEnd)
    {
        var begin = rootBegin;
        while (begin > 0 && rootEnd - begin < LongestHost && (IsOfLabel(word[begin - 1]) || word[begin - 1] == '.') && !IsEscapeBefore(word, begin))
            begin--;
        // notgrok.com is another host.
        if (begin < rootBegin && word[rootBegin - 1] != '.')
            return false;

        var end = rootEnd;
        while (end < word.Length && end - rootEnd < 6 && (word[end] == ':' || char.IsAsciiDigit(word[end])))
            end++;
        var rest = word.AsSpan(end, Math.Min(word.Length - end, TellingPath));
        if (!rest.StartsWith("/") && !rest.StartsWith("%2f", StringComparison.OrdinalIgnoreCase))
            return false;

        var path = Uri.UnescapeDataString(rest.ToString()).TrimStart('/');
        return IsOfMediaHost(word[begin..end]) || IsOfMediaHost(word[begin..rootEnd]) ? path.Length > 0 : WebMediaPath.IsMatch(path);
    }

    /// <summary>Whether it is a media host, or ends with one; what a text puts before a host, as in "-assets.grok.com" or "..assets.grok.com", is no part of it.</summary>
    private bool IsOfMediaHost(string host)
    {
        var bare = host.TrimStart('-', '.');
        return _mediaHosts.Any(known => bare.EndsWith(known, StringComparison.OrdinalIgnoreCase) && (bare.Length == known.Length || bare[^(known.Length + 1)] == '.'));
    }

    private bool IsOurs(string host) =>
        _mediaHosts.Contains(host) || Array.Exists(_roots, root => host.Equals(root, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + root, StringComparison.OrdinalIgnoreCase));

    private static bool EndsWith(ReadOnlySpan<byte> text, byte[] root) =>
        text.Length >= root.Length && Ascii.EqualsIgnoreCase(text[^root.Length..], root) && (text.Length == root.Length || !IsOfLabel((char)EscapedAscii.Last(text[..^root.Length])));

    private static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> text)
    {
        var host = text.TrimEnd("0123456789"u8);
        return host is [.., (byte)':'] ? host[..^1] : text;
    }

    // In u=https%3A%2F%2Fassets.grok.com the F is no part of the host.
    private static bool IsEscapeBefore(string word, int at) =>
        at >= 3 && word[at - 3] == '%' && char.IsAsciiHexDigit(word[at - 2]) && char.IsAsciiHexDigit(word[at - 1]);

    private static bool IsOfLabel(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';

    [GeneratedRegex("^users/[^/]+/(?:generated/.|[^/]+/content\\b)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MediaPath { get; }

    [GeneratedRegex("^(?:users/[^/]+/(?:generated/.|[^/]+/content\\b)|(?:img|images|imagine-public)/.)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex WebMediaPath { get; }
}
