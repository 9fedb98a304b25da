using System.Buffers;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>Whether an address is over.</summary>
internal enum WordEnd { None, Reached, TooLong }

/// <summary>Follows an address that comes in pieces to its end, over backslashes that spell a byte of it: "https:\/\/grok.com\/img\u002Fx" ends at the quote.</summary>
internal sealed class AddressEnd
{
    /// <summary>Bytes of one address that are held.</summary>
    public const int MostHeld = 4096;

    private static readonly SearchValues<byte> EndOfWord =
        SearchValues.Create([.. Enumerable.Range(0, 256).Where(b => b is <= ' ' or >= 0x7F || "\"'`<>()[]{}|\\^,".Contains((char)b)).Select(b => (byte)b)]);

    private readonly byte[] _behind = new byte[EscapedAscii.Longest];
    private int _length;

    /// <summary>Holds the text as far as it belongs to the address. Answers how much of it was used.</summary>
    public int Take(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> held, out WordEnd end)
    {
        end = WordEnd.None;
        if (_length > 0)
            return TakeSpelt(text[0], held, out end);

        var at = text.IndexOfAny(EndOfWord);
        var used = Math.Min(at < 0 ? text.Length : at, MostHeld - held.WrittenCount);
        held.Write(text[..used]);
        if (used == text.Length)
            return used;
        if (used != at)
        {
            end = WordEnd.TooLong;
        }
        else if (text[at] == '\\')
        {
            _behind[_length++] = text[at];
            used++;
        }
        else
        {
            end = WordEnd.Reached;
        }
        return used;
    }

    /// <summary>The backslashes, and what followed them, that turned out to stand behind the address.</summary>
    public byte[] TakeBehind()
    {
        var behind = _behind.AsSpan(0, _length).ToArray();
        _length = 0;
        return behind;
    }

    private int TakeSpelt(byte b, ArrayBufferWriter<byte> held, out WordEnd end)
    {
        end = WordEnd.Reached;
        if (_length == _behind.Length)
            return 0;
        _behind[_length] = b;
        switch (EscapedAscii.GoesOn(_behind.AsSpan(0, _length + 1), EndOfWord))
        {
            case TagNames.Fit.Whole:
                held.Write(_behind.AsSpan(0, _length + 1));
                _length = 0;
                break;
            case TagNames.Fit.Partial:
                _length++;
                break;
            default:
                return 0;
        }
        end = WordEnd.None;
        return 1;
    }
}
