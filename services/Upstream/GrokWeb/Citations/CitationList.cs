using System.Text;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb.AnswerImages;

namespace GrokForge.Upstream.GrokWeb.Citations;

/// <summary>Numbers what one answer cites, from 1 per address, and writes the marks: [[1]](https://example.com/a)</summary>
internal sealed class CitationList(SourceList sources, MediaAddresses addresses)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private string _last = "";

    /// <summary>Text came: the same source may be cited again.</summary>
    public void Interrupt() => _last = "";

    /// <summary>The mark at this place; null: nothing can be cited here, or it was cited just before.</summary>
    public Citation? Cite(string url)
    {
        if (url == _last || !CitedUrl.IsGood(url, addresses))
            return null;
        _last = url;
        if (!_numbers.TryGetValue(url, out var number))
            _numbers.Add(url, number = _numbers.Count + 1);
        var text = Encoding.UTF8.GetBytes($"[[{number}]]({CitedUrl.InMarkdown(url)})");
        return new Citation { Text = UnsafeByteOperations.UnsafeWrap(text), Url = url, Title = sources.TitleOf(url) };
    }
}
