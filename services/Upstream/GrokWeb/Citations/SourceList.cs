using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Cards;

namespace GrokForge.Upstream.GrokWeb.Citations;

/// <summary>Collects what one answer was searched from, each address once: the first title wins. Addresses of the upstream's media are no sources, and stand in no title.</summary>
internal sealed class SourceList(MediaAddresses addresses)
{
    private const int LongestTitle = 50;

    private readonly Dictionary<string, Source> _byUrl = new(StringComparer.Ordinal);
    private readonly List<Source> _inOrder = [];

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<Source> All => _inOrder;

    /// <summary>The title under which a page was found; empty: it was not.</summary>
    public string TitleOf(string url) => _byUrl.TryGetValue(url, out var source) ? source.Title : "";

    /// <summary>Reads {"results":[{"url":"https://example.com/a","title":"A"}]}, or the array alone.</summary>
    public void AddWeb(JsonElement results)
    {
        foreach (var result in (results.Member("results") ?? results).Items())
            Add(result.Text("url"), MediaScan.Clean(addresses, result.Text("title")), "web");
    }

    /// <summary>Reads {"results":[{"postId":"1","username":"grok","text":"Hello"}]}, or the array alone.</summary>
    public void AddPosts(JsonElement results)
    {
        foreach (var post in (results.Member("results") ?? results).Items())
        {
            var (user, id) = (post.Text("username"), post.Text("postId"));
            if (user.Length > 0 && id.Length > 0)
                Add($"https://x.com/{Uri.EscapeDataString(user)}/status/{Uri.EscapeDataString(id)}", PostTitle(MediaScan.Clean(addresses, user), MediaScan.Clean(addresses, post.Text("text"))), "x_post");
        }
    }

    private void Add(string url, string title, string type)
    {
        if (!CitedUrl.IsGood(url, addresses) || _byUrl.ContainsKey(url))
            return;
        var source = new Source { Url = url, Title = title, Type = type };
        _byUrl.Add(url, source);
        _inOrder.Add(source);
    }

    /// <summary>The post's first words, of at most fifty code points; a post without words is named by its author.</summary>
    private static string PostTitle(string user, string text)
    {
        var words = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (words.Length == 0)
            return "𝕏/@" + user;
        var at = 0;
        for (var points = 0; at < words.Length && points < LongestTitle; points++)
            at += char.IsSurrogatePair(words, at) ? 2 : 1;
        return at < words.Length ? words[..at] + "…" : words;
    }
}
