using System.Text;

namespace GrokForge.Unit.Tests.Upstream.GrokWeb;

/// <summary>Cuts a text as tokens do: anywhere but inside a code point.</summary>
internal static class Pieces
{
    public static IEnumerable<byte[]> Of(string text, IReadOnlyList<int> cuts)
    {
        var from = 0;
        foreach (var cut in cuts.Where(c => c > 0 && c < text.Length && !char.IsLowSurrogate(text[c])).Distinct().Order())
        {
            yield return Encoding.UTF8.GetBytes(text[from..cut]);
            from = cut;
        }
        yield return Encoding.UTF8.GetBytes(text[from..]);
    }
}
