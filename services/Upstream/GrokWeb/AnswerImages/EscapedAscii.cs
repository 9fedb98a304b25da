using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>Reads the spellings that one byte of an address has in JSON and in other addresses: / is \/, \\\/, \u002F, %2F and %252F too.</summary>
internal static class EscapedAscii
{
    /// <summary>Bytes of the longest spelling: eight backslashes and u002F.</summary>
    public const int Longest = MostBackslashes + 5;

    // Text within text within text.
    private const int MostBackslashes = 8;
    private const int MostPercents = 3;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Whether a spelling of the byte begins here.</summary>
    /// <param name="length">Of the whole spelling.</param>
    public static TagNames.Fit Of(ReadOnlySpan<byte> text, byte wanted, out int length)
    {
        length = 1;
        if (text[0] == wanted)
            return TagNames.Fit.Whole;
        if (text[0] == '%')
            return Percent(text, wanted, ref length);
        if (text[0] != '\\')
            return TagNames.Fit.None;

        length = Backslashes(text);
        if (length > MostBackslashes)
            return TagNames.Fit.None;
        if (length == text.Length)
            return TagNames.Fit.Partial;
        if (text[length++] == wanted)
            return TagNames.Fit.Whole;
        return text[length - 1] == 'u' ? Digits(text, [(byte)'0', (byte)'0', High(wanted), Low(wanted)], ref length) : TagNames.Fit.None;
    }

    /// <summary>Whether what begins with a backslash is one byte that goes on with an address, and not its end.</summary>
    public static TagNames.Fit GoesOn(ReadOnlySpan<byte> text, SearchValues<byte> ends)
    {
        var at = Backslashes(text);
        if (at > MostBackslashes)
            return TagNames.Fit.None;
        if (at == text.Length)
            return TagNames.Fit.Partial;
        if (text[at] == '/')
            return TagNames.Fit.Whole;
        var digits = text[(at + 1)..];
        if (text[at] != 'u' || digits.ContainsAnyExcept(HexDigits))
            return TagNames.Fit.None;
        if (digits.Length < 4)
            return TagNames.Fit.Partial;
        return Utf8Parser.TryParse(digits, out ushort unit, out _, 'X') && unit < 0x7F && !ends.Contains((byte)unit) ? TagNames.Fit.Whole : TagNames.Fit.None;
    }

    /// <summary>Length of the spelling of the byte that the text ends with; 0: it ends with none.</summary>
    public static int Before(ReadOnlySpan<byte> text, byte wanted)
    {
        for (var length = 1; length <= Math.Min(Longest, text.Length); length++)
        {
            if (Of(text[^length..], wanted, out var whole) == TagNames.Fit.Whole && whole == length)
                return Widest(text, wanted, length);
        }
        return 0;
    }

    /// <summary>The byte that the text ends with, read as what it spells: a line break where it ends with \n.</summary>
    public static byte Last(ReadOnlySpan<byte> text)
    {
        if (text.Length >= 2 && text[^2] == '\\')
            return text[^1] is (byte)'n' or (byte)'r' or (byte)'t' or (byte)'b' or (byte)'f' ? (byte)'\n' : text[^1];
        var isPercent = text.Length >= 3 && (text[^3] == '%' || text is [.., (byte)'%', (byte)'2', (byte)'5', _, _]);
        var isUnit = text.Length >= 6 && text[^6] == '\\' && text[^5] == 'u' && text[^4] == '0' && text[^3] == '0';
        return (isPercent || isUnit) && Utf8Parser.TryParse(text[^2..], out byte spelt, out var digits, 'X') && digits == 2 ? spelt : text[^1];
    }

    /// <summary>The text without any of these spellings.</summary>
    public static string Plain(string text)
    {
        var plain = WithoutBackslashes(text);
        for (var i = 0; i < MostPercents && plain.Contains('%', StringComparison.Ordinal); i++)
            plain = Uri.UnescapeDataString(plain);
        return plain;
    }

    /// <summary>The text without the spellings that begin with backslashes.</summary>
    public static string WithoutBackslashes(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
                plain.Append(text[at]);
            else if (at + 5 < text.Length && text[at + 1] == 'u' && ushort.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
                (plain, at) = (plain.Append((char)unit), at + 5);
        }
        return plain.ToString();
    }

    private static int Widest(ReadOnlySpan<byte> text, byte wanted, int length)
    {
        while (length < Math.Min(Longest, text.Length) && text[^(length + 1)] == '\\' && Of(text[^(length + 1)..], wanted, out var whole) == TagNames.Fit.Whole && whole == length + 1)
            length++;
        return length;
    }

    private static TagNames.Fit Percent(ReadOnlySpan<byte> text, byte wanted, ref int length)
    {
        for (var i = 0; i < MostPercents && text[length..].StartsWith("25"u8); i++)
            length += 2;
        // Half of a further 25 and half of the digits may begin alike.
        if (text[length..] is [(byte)'2'])
            return TagNames.Fit.Partial;
        return Digits(text, [High(wanted), Low(wanted)], ref length);
    }

    private static TagNames.Fit Digits(ReadOnlySpan<byte> text, ReadOnlySpan<byte> digits, ref int length)
    {
        foreach (var digit in digits)
        {
            if (length == text.Length)
                return TagNames.Fit.Partial;
            if ((text[length++] | 0x20) != (digit | 0x20))
                return TagNames.Fit.None;
        }
        return TagNames.Fit.Whole;
    }

    private static int Backslashes(ReadOnlySpan<byte> text)
    {
        var count = text[..Math.Min(text.Length, MostBackslashes + 1)].IndexOfAnyExcept((byte)'\\');
        return count < 0 ? Math.Min(text.Length, MostBackslashes + 1) : count;
    }

    private static byte High(byte b) => Hex(b >> 4);

    private static byte Low(byte b) => Hex(b & 0xF);

    private static byte Hex(int digit) => (byte)"0123456789abcdef"[digit];
}
