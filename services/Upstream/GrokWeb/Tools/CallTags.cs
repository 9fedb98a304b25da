using System.Buffers;
using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>What the beginning of a tag may be.</summary>
internal enum TagKind
{
    None,
    Unfinished,
    Opener,
    Closer,

    /// <summary>A start tag that ends itself.</summary>
    Empty,
}

/// <summary>Knows the tags that models put around calls: &lt;tool_call&gt;, &lt;function_call name="f"&gt;, &lt;invoke name="f"&gt;, and their plurals around several.</summary>
internal static class CallTags
{
    private const int MostTagBytes = 256;

    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n"u8);
    private static readonly SearchValues<byte> NameEnds = SearchValues.Create(" \t\r\n/>="u8);
    private static readonly byte[][] Names = [.. from prefix in new[] { "", "xai:", "antml:" }
                                              from name in new[] { "tool_call", "tool_calls", "function_call", "function_calls", "invoke" }
                                              select Encoding.ASCII.GetBytes(prefix + name)];

    private static readonly byte[][] Elements = [.. from name in new[] { "tool_name", "function_name", "parameters", "parameter", "arguments", "tool_input" } select Encoding.ASCII.GetBytes(name)];

    /// <param name="tag">From the angle bracket on; complete once its last byte closes it.</param>
    public static TagKind Kind(ReadOnlySpan<byte> tag) => Kind(tag, Names);

    /// <summary>The same of the elements that stand inside a call.</summary>
    public static TagKind ElementKind(ReadOnlySpan<byte> tag) => Kind(tag, Elements);

    /// <summary>Whether a whole tag is written as one: &lt;tool_calls are great&gt; is not.</summary>
    public static bool IsWritten(ReadOnlySpan<byte> tag) =>
        !tag[1..].TrimEnd("/> \t\r\n"u8).ContainsAny(Blanks) || tag.Contains((byte)'=');

    /// <summary>Whether a tag that is cut off has come to the end of its name.</summary>
    public static bool HasName(ReadOnlySpan<byte> tag)
    {
        var body = tag.TrimStart("</"u8);
        foreach (var name in Names)
        {
            if (body.StartsWith(name))
                return true;
        }
        return false;
    }

    private static TagKind Kind(ReadOnlySpan<byte> tag, byte[][] names)
    {
        if (tag.Length > MostTagBytes)
            return TagKind.None;
        var closes = tag.Length > 1 && tag[1] == '/';
        var body = tag[(closes ? 2 : 1)..];
        foreach (var name in names)
        {
            if (body.Length <= name.Length)
            {
                if (name.AsSpan().StartsWith(body))
                    return TagKind.Unfinished;
                continue;
            }
            if (!body.StartsWith(name) || !Ends(body[name.Length..], names))
                continue;
            return body[^1] switch
            {
                (byte)'>' when body[^2] == '/' => TagKind.Empty,
                (byte)'>' => closes ? TagKind.Closer : TagKind.Opener,
                (byte)'<' => TagKind.None,
                _ => TagKind.Unfinished,
            };
        }
        return TagKind.None;
    }

    private static bool Ends(ReadOnlySpan<byte> rest, byte[][] names) => rest[0] switch
    {
        (byte)'>' or (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r' => true,
        (byte)'/' => rest.Length == 1 || rest[1] == '>',
        (byte)'=' => names == Elements,
        _ => false,
    };

    /// <summary>The tag's own name: tool_call of &lt;tool_call id="1"&gt;.</summary>
    public static string NameOf(ReadOnlySpan<byte> tag)
    {
        var body = tag.TrimStart("</"u8);
        var end = body.IndexOfAny(NameEnds);
        return Encoding.UTF8.GetString(end < 0 ? body : body[..end]);
    }

    /// <summary>The value of the attribute name, or what follows the equals sign of &lt;parameter=city&gt;; null: there is none.</summary>
    public static string? Named(ReadOnlySpan<byte> tag)
    {
        var text = Encoding.UTF8.GetString(tag).TrimEnd('>').TrimEnd('/').TrimEnd();
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return null;
        if (!text.AsSpan(0, equals).ContainsAny(" \t\r\n"))
            return text[(equals + 1)..].Trim('"', '\'');

        var at = text.IndexOf("name", StringComparison.Ordinal);
        while (at > 0 && !char.IsWhiteSpace(text[at - 1]))
            at = text.IndexOf("name", at + 1, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var value = text.AsSpan(at + 4).TrimStart();
        if (value is not ['=', ..])
            return null;
        value = value[1..].TrimStart();
        if (value is not [var quote and ('"' or '\''), ..])
            return value[..(value.IndexOfAny(" \t\r\n") is var blank and >= 0 ? blank : value.Length)].ToString();
        var end = value[1..].IndexOf(quote);
        return end < 0 ? null : value[1..(end + 1)].ToString();
    }
}
