using System.Text;
using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>Finds the JSON in what a model wrote: bare, in a fence, or amid prose; mended where it is nearly JSON.</summary>
internal static class JsonSearch
{
    // Each look may read to the end of the text; more openings than this are prose about braces, not an answer.
    private const int MostLooks = 32;

    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 256 };

    /// <summary>The values found, likeliest first: the whole text, then from each opening on, then the first one mended.</summary>
    public static IEnumerable<string> Candidates(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(Unfenced(text.Trim()));
        if (ValueEnd(bytes, 0) is { } whole && IsBlank(bytes, whole))
            yield return Encoding.UTF8.GetString(bytes, 0, whole);

        var (at, looks) = (0, 0);
        while (looks++ < MostLooks && NextOpening(bytes, at) is { } opening)
        {
            if (ValueEnd(bytes, opening) is { } end)
            {
                yield return Encoding.UTF8.GetString(bytes, opening, end - opening);
                at = end;
            }
            else
            {
                at = opening + 1;
            }
        }

        if (Mended(bytes) is { } mended)
            yield return mended;
    }

    /// <summary>Without the one fence that holds everything: ```json … ```.</summary>
    private static string Unfenced(string text)
    {
        if (!text.StartsWith("```", StringComparison.Ordinal) || text.IndexOf('\n', StringComparison.Ordinal) is not (> 0 and var first))
            return text;
        var end = text.EndsWith("```", StringComparison.Ordinal) && text.Length - 3 > first ? text.Length - 3 : text.Length;
        return text[(first + 1)..end].Trim();
    }

    private static int? NextOpening(byte[] text, int from)
    {
        var at = text.AsSpan(from).IndexOfAny((byte)'{', (byte)'[');
        return at < 0 ? null : from + at;
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

    private static string? Mended(byte[] text)
    {
        var output = new Bytes();
        if (!new JsonRepair(text, output, whole: true, quoted: false).TryMend(out _))
            return null;
        var mended = output.Span.ToArray();
        return ValueEnd(mended, 0) is { } end && IsBlank(mended, end) ? Encoding.UTF8.GetString(mended, 0, end) : null;
    }

    private static bool IsBlank(byte[] text, int from) => text.AsSpan(from).IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
