using System.Buffers;
using System.Text;
using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>
/// Finds the JSON in what a model wrote: bare, in a fence, or amid prose; mended where it is nearly JSON. Prose about JSON holds some too:
/// An empty {} would be wrong, so: {"city":"Paris"}
/// </summary>
internal static class JsonSearch
{
    // Each may cost a look to the end of the text; more of them are prose about braces, not an answer.
    private const int MostLooks = 64;
    private const int MostMended = 4;
    private const int MostWritten = 40;
    private const int MostInside = 8;

    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 256 };
    private static readonly SearchValues<byte> WordBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$-"u8);

    /// <summary>
    /// The values found, likeliest first: the whole text; what was written, in a fence before outside of one, larger before smaller, later before earlier;
    /// what was mended; what was written inside of that; at last the empty ones.
    /// </summary>
    public static IEnumerable<string> Candidates(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(Unfenced(text.Trim()));
        if (ValueEnd(bytes, 0) is { } whole && IsBlank(bytes, whole))
            yield return Encoding.UTF8.GetString(bytes, 0, whole);

        var (written, inside, empty, mended) = Found(bytes);
        foreach (var value in Likeliest(bytes, written, MostWritten))
            yield return value;
        foreach (var value in mended.OrderByDescending(v => v.Length))
            yield return value;
        foreach (var value in Likeliest(bytes, inside, MostInside))
            yield return value;
        foreach (var value in empty)
            yield return value;
    }

    private static (List<Range> Written, List<Range> Inside, SortedSet<string> Empty, List<string> Mended) Found(byte[] text)
    {
        List<Range> written = [], inside = [];
        var empty = new SortedSet<string>(StringComparer.Ordinal);
        var mended = new List<string>();
        var (at, looks, tries, brokenEnd) = (0, 0, 0, 0);
        while (looks < MostLooks && NextOpening(text, at) is { } opening)
        {
            at = opening + 1;
            if (LooksWritten(text, opening))
            {
                if (ValueEnd(text, opening) is { } end)
                {
                    at = end;
                    if (IsEmpty(text, opening, end))
                        empty.Add(text[opening] == '{' ? "{}" : "[]");
                    else
                        (opening < brokenEnd ? inside : written).Add(opening..end);
                    continue;
                }

                looks++;
            }

            if (opening >= brokenEnd && tries < MostMended && (opening == 0 || LooksBroken(text, opening)))
            {
                tries++;
                if (Mended(text, opening, out brokenEnd) is { } value)
                    mended.Add(value);
            }
        }

        return (written, inside, empty, mended);
    }

    private static IEnumerable<string> Likeliest(byte[] text, List<Range> found, int most) => found
        .OrderByDescending(f => IsFenced(text, f)).ThenByDescending(f => f.End.Value - f.Start.Value).ThenByDescending(f => f.Start.Value)
        .Take(most).Select(f => Encoding.UTF8.GetString(text.AsSpan(f)));

    /// <summary>Without the one fence that holds everything: ```json … ```.</summary>
    private static string Unfenced(string text)
    {
        if (!text.StartsWith("```", StringComparison.Ordinal) || text.IndexOf('\n', StringComparison.Ordinal) is not (> 0 and var first))
            return text;
        var end = text.EndsWith("```", StringComparison.Ordinal) && text.Length - 3 > first ? text.Length - 3 : text.Length;
        return text[(first + 1)..end].Trim();
    }

    private static bool IsFenced(byte[] text, Range value)
    {
        var before = text.AsSpan(0, value.Start.Value).TrimEnd(" \t\r\n"u8).TrimEnd("jsonJSON5c"u8);
        return before.EndsWith("```"u8) && text.AsSpan(value.End.Value).TrimStart(" \t\r\n"u8).StartsWith("```"u8);
    }

    private static int? NextOpening(byte[] text, int from)
    {
        var at = text.AsSpan(from).IndexOfAny((byte)'{', (byte)'[');
        return at < 0 ? null : from + at;
    }

    /// <summary>Whether what follows the opening can follow it in JSON: most braces of prose need no closer look.</summary>
    private static bool LooksWritten(byte[] text, int opening) => text.AsSpan(opening + 1).TrimStart(" \t\r\n"u8) is [var next, ..]
        && (text[opening] == '{' ? next is (byte)'"' or (byte)'}' : next is (byte)'"' or (byte)'{' or (byte)'[' or (byte)']' or (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n' || char.IsAsciiDigit((char)next));

    /// <summary>Whether a value was begun here, however it goes on: {'a', {a: 1, [{.</summary>
    private static bool LooksBroken(byte[] text, int opening)
    {
        var next = text.AsSpan(opening + 1).TrimStart(" \t\r\n"u8);
        if (next is [(byte)'"' or (byte)'\'' or (byte)'`', ..] || next.StartsWith("\u201C"u8) || next.StartsWith("//"u8) || next.StartsWith("/*"u8))
            return true;
        if (text[opening] == '[')
            return next is [(byte)'{' or (byte)'[', ..];
        var word = next.IndexOfAnyExcept(WordBytes);
        if (word <= 0)
            return false;
        next = next[word..].TrimStart(" \t"u8);
        return next is [(byte)':' or (byte)'=', ..]
            && next[1..].TrimStart(" \t"u8) is [var value, ..] && (value is (byte)'"' or (byte)'\'' or (byte)'{' or (byte)'[' or (byte)'-' || char.IsAsciiDigit((char)value));
    }

    /// <summary>Where the value that begins here ends; null: none begins here.</summary>
    private static int? ValueEnd(byte[] text, int begin)
    {
        var reader = new Utf8JsonReader(text.AsSpan(begin), Deep);
        try
        {
            if (!reader.Read())
                return null;
            reader.Skip();
            return begin + (int)reader.BytesConsumed;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <param name="end">Where what was mended ends; where nothing was, the opening.</param>
    private static string? Mended(byte[] text, int opening, out int end)
    {
        end = opening;
        var output = new Bytes();
        if (!new JsonRepair(text.AsSpan(opening), output, whole: true, quoted: false).TryMend(out var consumed))
            return null;
        var mended = output.Span.ToArray();
        if (ValueEnd(mended, 0) is not { } written || !IsBlank(mended, written) || IsEmpty(mended, 0, written))
            return null;
        end = opening + consumed;
        return Encoding.UTF8.GetString(mended, 0, written);
    }

    private static bool IsEmpty(byte[] text, int begin, int end) => end - begin >= 2 && IsBlank(text.AsSpan((begin + 1)..(end - 1)));

    private static bool IsBlank(byte[] text, int from) => IsBlank(text.AsSpan(from));

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
