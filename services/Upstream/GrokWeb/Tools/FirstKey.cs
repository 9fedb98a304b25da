using System.Buffers;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Looks at the first key of what is nearly JSON and stands in plain text: {'name': …, {tool_calls: […, or the { of a function's body.</summary>
internal static class FirstKey
{
    /// <summary>Brackets, quotes, blanks and the key itself are not longer than this.</summary>
    private const int Longest = 64;

    private static readonly SearchValues<byte> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_"u8);
    private static readonly SearchValues<byte> QuotesAndBlanks = SearchValues.Create(" \t\r\n\"'`\\\u201c\u201d\u2018\u2019"u8);
    private static readonly SearchValues<byte> Openers = SearchValues.Create("{[ \t\r\n\"'`\\\u201c\u201d\u2018\u2019"u8);

    /// <summary>Whether it is the key of a call or of a list of calls. Null: it is not whole yet.</summary>
    /// <param name="mayBegin">Whether the name of a tool may come first, and not only a list of calls.</param>
    public static bool? IsOfCall(ReadOnlySpan<byte> begin, ReadOnlySpan<byte> rest, bool mayBegin)
    {
        if (begin.Length + rest.Length > Longest)
            return false;
        Span<byte> text = stackalloc byte[Longest];
        begin.CopyTo(text);
        rest.CopyTo(text[begin.Length..]);
        text = text[..(begin.Length + rest.Length)];

        var isListed = text.StartsWith("["u8);
        var from = text.IndexOfAnyExcept(Openers);
        if (from < 0)
            return null;
        text = text[from..];
        var length = text.IndexOfAnyExcept(Letters);
        if (length < 0)
            return MayBecome(text) ? null : false;
        var key = text[..length];
        if (!CallReading.IsList(key) && !(mayBegin && key.SequenceEqual("name"u8)) && !(isListed && (CallReading.IsName(key) || key.SequenceEqual("id"u8) || key.SequenceEqual("type"u8))))
            return false;
        var behind = text[length..].IndexOfAnyExcept(QuotesAndBlanks);
        return behind < 0 ? null : text[length + behind] is (byte)':' or (byte)'=';
    }

    private static bool MayBecome(ReadOnlySpan<byte> word) =>
        "name"u8.StartsWith(word) || "id"u8.StartsWith(word) || "type"u8.StartsWith(word) || "function_calls"u8.StartsWith(word) || "function_name"u8.StartsWith(word)
        || "tool_calls"u8.StartsWith(word) || "tool_name"u8.StartsWith(word);
}
