using System.Buffers;
using System.Text;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>Knows where in a text that comes in pieces a media address may begin: at https://, at users/ and at the slash behind one of the upstream's hosts.</summary>
internal sealed class AddressStart(MediaAddresses addresses)
{
    private const int LongestHead = 8;

    private static readonly SearchValues<byte> OfHeads = SearchValues.Create("htps:/userHTPSUSER"u8);
    private static readonly SearchValues<byte> BeginsHead = SearchValues.Create("hu/HU"u8);
    private static readonly byte[][] Heads = [[.. "http://"u8], [.. "https://"u8], [.. "users/"u8], [.. "/users/"u8]];

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
    public int Of(ReadOnlySpan<byte> text, int slash)
    {
        var before = text[..slash];
        if (slash + 1 < text.Length && text[slash + 1] == '/')
        {
            if (EndsWith(before, "https:"u8) && IsBoundary(text, slash - 6))
                return slash - 6;
            if (EndsWith(before, "http:"u8) && IsBoundary(text, slash - 5))
                return slash - 5;
        }

        if (EndsWith(before, "users"u8))
        {
            var start = slash - 5;
            if (start > 0 && text[start - 1] == '/')
                start--;
            return IsPathBoundary(text, start) ? start : -1;
        }

        Span<byte> context = stackalloc byte[MediaAddresses.LongestHost + 1];
        var own = before[Math.Max(0, slash - context.Length)..];
        var earlier = _tail.AsSpan(0, _tailLength);
        earlier = earlier[Math.Max(0, earlier.Length + own.Length - context.Length)..];
        earlier.CopyTo(context);
        own.CopyTo(context[earlier.Length..]);
        return addresses.EndsWithHost(context[..(earlier.Length + own.Length)]) ? slash : -1;
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
        }
        return 0;
    }

    public static TagNames.Fit HeadFit(ReadOnlySpan<byte> text)
    {
        var fit = TagNames.Fit.None;
        foreach (var head in Heads)
        {
            if (text.Length >= head.Length && Ascii.EqualsIgnoreCase(text[..head.Length], head))
                return TagNames.Fit.Whole;
            if (text.Length < head.Length && Ascii.EqualsIgnoreCase(head.AsSpan(0, text.Length), text))
                fit = TagNames.Fit.Partial;
        }
        return fit;
    }

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) => text.Length >= end.Length && Ascii.EqualsIgnoreCase(text[^end.Length..], end);

    private bool IsBoundary(ReadOnlySpan<byte> text, int at) => !char.IsAsciiLetterOrDigit((char)Before(text, at));

    private bool IsPathBoundary(ReadOnlySpan<byte> text, int at)
    {
        var before = (char)Before(text, at);
        return !char.IsAsciiLetterOrDigit(before) && !"_-./%~@+".Contains(before);
    }

    private byte Before(ReadOnlySpan<byte> text, int at) => at > 0 ? text[at - 1] : LastPassed;
}
