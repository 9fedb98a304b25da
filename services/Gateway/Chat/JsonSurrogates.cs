using System.Buffers.Text;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// Mends escaped halves of surrogate pairs, "cut \ud83d", into the replacement character: programs that shorten texts leave them behind,
/// and no string can hold them.
/// </summary>
internal static class JsonSurrogates
{
    // \ud83d
    private const int EscapeLength = 6;

    /// <returns>The same JSON where there is nothing to mend.</returns>
    public static ReadOnlyMemory<byte> Mend(ReadOnlyMemory<byte> json)
    {
        byte[]? mended = null;
        var text = json.Span;
        for (var at = Next(text, 0); at >= 0;)
        {
            if (UnitAt(text, at) is not { } unit || !char.IsSurrogate(unit))
            {
                at = Next(text, at + 2);
                continue;
            }

            if (char.IsHighSurrogate(unit) && UnitAt(text, at + EscapeLength) is { } second && char.IsLowSurrogate(second))
            {
                at = Next(text, at + (2 * EscapeLength));
                continue;
            }

            mended ??= json.ToArray();
            "\\ufffd"u8.CopyTo(mended.AsSpan(at));
            at = Next(text, at + EscapeLength);
        }

        return mended ?? json;
    }

    private static int Next(ReadOnlySpan<byte> text, int from)
    {
        if (from >= text.Length)
            return -1;
        var found = text[from..].IndexOf((byte)'\\');
        return found < 0 ? -1 : from + found;
    }

    /// <summary>The UTF-16 unit that an escape at this place stands for; null: there is no such escape.</summary>
    private static char? UnitAt(ReadOnlySpan<byte> text, int at) =>
        at + EscapeLength <= text.Length && text[at] == '\\' && text[at + 1] == 'u'
        && Utf8Parser.TryParse(text.Slice(at + 2, 4), out ushort unit, out var read, 'x') && read == 4 ? (char)unit : null;
}
