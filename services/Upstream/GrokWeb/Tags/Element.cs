using System.Buffers;
using System.Net;
using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tags;

/// <summary>Reads one whole element, e.g. &lt;grok:render card_id="Cd2" type="render_inline_citation"&gt;…&lt;/grok:render&gt;</summary>
internal sealed class Element
{
    private static readonly SearchValues<char> EndOfName = SearchValues.Create(" \t\r\n/>");

    private readonly string _text;
    private readonly int _openEnd;

    public Element(ReadOnlySpan<byte> element)
    {
        _text = Encoding.UTF8.GetString(element);
        _openEnd = _text.IndexOf('>', StringComparison.Ordinal);
        Name = _text[1.._text.AsSpan().IndexOfAny(EndOfName)];
    }

    public string Name { get; }

    /// <summary>The value of an attribute of the element itself; empty: it has none.</summary>
    public string Attribute(string name)
    {
        var open = _text.AsSpan(0, _openEnd);
        for (var at = open.IndexOf(name, StringComparison.Ordinal); at >= 0;)
        {
            var after = open[(at + name.Length)..].TrimStart();
            if (char.IsWhiteSpace(open[at - 1]) && after is ['=', ..])
                return Value(after[1..].TrimStart());
            var next = open[(at + name.Length)..].IndexOf(name, StringComparison.Ordinal);
            at = next < 0 ? -1 : at + name.Length + next;
        }
        return "";
    }

    /// <summary>What stands in the first child of that name, without CDATA marks and entities; null: there is none.</summary>
    public string? Child(string name)
    {
        var open = $"<{name}>";
        var begin = _text.IndexOf(open, StringComparison.Ordinal);
        if (begin < 0)
            return null;

        begin += open.Length;
        var end = _text.IndexOf($"</{name}>", begin, StringComparison.Ordinal);
        var content = (end < 0 ? _text[begin..] : _text[begin..end]).Trim();
        const string cdata = "<![CDATA[";
        return content.StartsWith(cdata, StringComparison.Ordinal) && content.EndsWith("]]>", StringComparison.Ordinal)
            ? content[cdata.Length..^3]
            : WebUtility.HtmlDecode(content);
    }

    private static string Value(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return "";
        var quoted = text[0] is '"' or '\'';
        var value = quoted ? text[1..] : text;
        var end = quoted ? value.IndexOf(text[0]) : value.IndexOfAny(" \t\r\n/");
        return WebUtility.HtmlDecode((end < 0 ? value : value[..end]).ToString());
    }
}
