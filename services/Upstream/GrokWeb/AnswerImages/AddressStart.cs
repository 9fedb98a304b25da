using System.Buffers;
using System.Text;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>
/// Knows where in a text that comes in pieces a media address may begin: at https://, at users/ and at the slash behind one of the
/// upstream's hosts, in any spelling: https:\/\/, users%2F.
/// </summary>
internal sealed class AddressStart(MediaAddresses addresses)
{
    private const int LongestHead = 5 + (3 * EscapedAscii.Longest);

    private static readonly SearchValues<byte> OfHeads = SearchValues.Create("htps:/userHTPSUSER\\%0235afAF"u8);
    private static readonly SearchValues<byte> BeginsHead = SearchValues.Create("hu/HU\\%"u8);

    private readonly byte[] _tail = new byte[MediaAddresses.LongestHost + 1];
    private int _tailLength;

    /// <summary>The last of what was passed.</summary>
    public ReadOnlySpan<byte> Passed => _tail.AsSpan(0, _tailLength);

    /// <summary>The byte before what comes next; a space where nothing was passed.</summary>
    public byte LastPassed => _tailLength > 0 ? _tail[_tailLength - 1] : (byte)' ';

    /// <summary>Notes that this text stands before what comes next.</summary>
    public void Pass(ReadOnlySpan<byte> text)
    {
        var own = text[Math.Max(0, text.Length - _tail.Length)..];
        var kept = Math.Min(_tailLength, _tail.Length - own.Length);
        _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
        own.CopyTo(_tail.AsSpan(kept));
        _tailLength = kept + own.Length;
    }

    /// <summary>Something that is no text stands before what comes next.</summary>
    public void Forget() => _tailLength = 0;

    /// <summary>Where the address begins that the slash belongs to: the slash itself behind one of the upstream's hosts; -1: it is none's.</summary>
    /// <param name="length">Of the slash as it is spelt.</param>
    public int Of(ReadOnlySpan<byte> text, int slash, int length)
    {
        var before = text[..slash];
        var next = slash + length;
        if (next < text.Length && EscapedAscii.Of(text[next..], (byte)'/', out _) == TagNames.Fit.Whole && EscapedAscii.Before(before, (byte)':') is > 0 and var colon)
        {
            if (EndsWith(before[..^colon], "https"u8) && IsBoundary(text, slash - colon - 5))
                return slash - colon - 5;
            if (EndsWith(before[..^colon], "http"u8) && IsBoundary(text, slash - colon - 4))
                return slash - colon - 4;
        }

        if (EndsWith(before, "users"u8))
        {
            var start = slash - 5;
            start -= EscapedAscii.Before(text[..start], (byte)'/');
            return IsPathBoundary(text, start) ? start : -1;
        }
        return IsBehindHost(text, slash) ? slash : -1;
    }

    /// <summary>Bytes at the end that may be the beginning of an address.</summary>
    public int HeadAtEnd(ReadOnlySpan<byte> text)
    {
        if (!OfHeads.Contains(text[^1]))
            return 0;
        for (var length = Math.Min(LongestHead, text.Length); length > 0; length--)
        {
            var head = text[^length..];
            if (!BeginsHead.Contains(head[0]))
                continue;
            var start = text.Length - length;
            if (HeadFit(head) == TagNames.Fit.Partial && (head[0] is (byte)'h' or (byte)'H' ? IsBoundary(text, start) : IsPathBoundary(text, start)))
                return length;
            if (head[0] is (byte)'\\' or (byte)'%' && EscapedAscii.Of(head, (byte)'/', out _) == TagNames.Fit.Partial && IsBehindHost(text, start))
                return length;
        }
        return 0;
    }

    /// <summary>Whether the text begins, after what was passed, with http:// or users/ or /users/, or with a slash behind a host.</summary>
    public TagNames.Fit HeadFit(ReadOnlySpan<byte> text, out bool isBehindHost)
    {
        var slash = EscapedAscii.Of(text, (byte)'/', out _);
        isBehindHost = slash != TagNames.Fit.None && IsBehindHost(text, 0);
        return isBehindHost ? slash : HeadFit(text);
    }

    private static TagNames.Fit HeadFit(ReadOnlySpan<byte> text)
    {
        var rest = text;
        if (rest[0] is (byte)'h' or (byte)'H')
        {
            if (Takes(ref rest, "http"u8) is var scheme and not TagNames.Fit.Whole)
                return scheme;
            if (rest is [(byte)'s' or (byte)'S', ..])
                rest = rest[1..];
            if (Takes(ref rest, (byte)':') is var colon and not TagNames.Fit.Whole)
                return colon;
            return Takes(ref rest, (byte)'/') is var slash and not TagNames.Fit.Whole ? slash : Takes(ref rest, (byte)'/');
        }

        if (rest[0] is not ((byte)'u' or (byte)'U') && Takes(ref rest, (byte)'/') is var first and not TagNames.Fit.Whole)
            return first;
        return Takes(ref rest, "users"u8) is var name and not TagNames.Fit.Whole ? name : Takes(ref rest, (byte)'/');
    }

    private static TagNames.Fit Takes(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        var length = Math.Min(text.Length, word.Length);
        if (!Ascii.EqualsIgnoreCase(text[..length], word[..length]))
            return TagNames.Fit.None;
        text = text[length..];
        return length == word.Length ? TagNames.Fit.Whole : TagNames.Fit.Partial;
    }

    private static TagNames.Fit Takes(ref ReadOnlySpan<byte> text, byte wanted)
    {
        if (text.IsEmpty)
            return TagNames.Fit.Partial;
        var fit = EscapedAscii.Of(text, wanted, out var length);
        if (fit == TagNames.Fit.Whole)
            text = text[length..];
        return fit;
    }

    private bool IsBehindHost(ReadOnlySpan<byte> text, int at)
    {
        Span<byte> context = stackalloc byte[MediaAddresses.LongestHost + 1];
        return addresses.EndsWithHost(context[..Context(text, at, context)]);
    }

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) => text.Length >= end.Length && Ascii.EqualsIgnoreCase(text[^end.Length..], end);

    private bool IsBoundary(ReadOnlySpan<byte> text, int at) => !char.IsAsciiLetterOrDigit((char)Before(text, at));

    private bool IsPathBoundary(ReadOnlySpan<byte> text, int at)
    {
        var before = (char)Before(text, at);
        return !char.IsAsciiLetterOrDigit(before) && !"_-./%~@+".Contains(before);
    }

    private byte Before(ReadOnlySpan<byte> text, int at)
    {
        Span<byte> context = stackalloc byte[6 + EscapedAscii.Longest];
        // A slash that follows backslashes is one with them.
        var before = context[..Context(text, at, context)].TrimEnd((byte)'\\');
        return before.IsEmpty ? (byte)' ' : EscapedAscii.Last(before);
    }

    /// <summary>What stands before a place of the text, what was passed before included.</summary>
    private int Context(ReadOnlySpan<byte> text, int at, Span<byte> context)
    {
        var own = text[Math.Max(0, at - context.Length)..at];
        var earlier = Passed[Math.Max(0, Passed.Length + own.Length - context.Length)..];
        earlier.CopyTo(context);
        own.CopyTo(context[earlier.Length..]);
        return earlier.Length + own.Length;
    }
}
