using System.Buffers.Text;
using System.Text;

namespace GrokForge.LoadBench.Generator;

/// <summary>Takes the framing of a body away, by its length or in chunks, and hands on what is inside.</summary>
internal sealed class BodyDecoder
{
    private enum Part
    {
        Size,
        Content,
        ContentEnd,
        Last,
        Whole,
    }

    private bool _chunked;
    private bool _lastChunk;
    private long _left;
    private Part _part = Part.Whole;

    /// <summary>Bytes of the body so far, its framing not counted.</summary>
    public long Bytes { get; private set; }

    public bool IsWhole => _part == Part.Whole;

    /// <param name="head">The answer's status line and headers.</param>
    public void Begin(ReadOnlySpan<byte> head)
    {
        (_left, _lastChunk, Bytes) = (0, false, 0);
        _chunked = Value(head, "transfer-encoding:"u8).IndexOf("chunked"u8) >= 0;
        if (_chunked)
        {
            _part = Part.Size;
            return;
        }
        _part = Utf8Parser.TryParse(Value(head, "content-length:"u8), out _left, out _) && _left > 0 ? Part.Content : Part.Whole;
    }

    /// <summary>Takes as much as there is, to the end of the body at most; answers how many bytes that were.</summary>
    public int Feed(ReadOnlySpan<byte> bytes, TokenTrace? trace)
    {
        var at = 0;
        while (at < bytes.Length && _part != Part.Whole)
        {
            switch (_part)
            {
                case Part.Content:
                    var length = (int)Math.Min(_left, bytes.Length - at);
                    trace?.Take(bytes.Slice(at, length));
                    at += length;
                    Bytes += length;
                    _left -= length;
                    if (_left == 0)
                        (_part, _left) = _chunked ? (Part.ContentEnd, 2) : (Part.Whole, 0);
                    break;
                case Part.ContentEnd:
                    at++;
                    if (--_left == 0)
                        _part = _lastChunk ? Part.Whole : Part.Size;
                    break;
                default:
                    TakeSize(bytes[at++]);
                    break;
            }
        }
        return at;
    }

    private void TakeSize(byte next)
    {
        if (char.IsAsciiHexDigit((char)next))
            _left = (_left * 16) + Convert.ToInt32(((char)next).ToString(), 16);
        else if (next == '\n')
            (_part, _lastChunk, _left) = _left == 0 ? (Part.ContentEnd, true, 2) : (Part.Content, false, _left);
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
                return line[name.Length..].Trim((byte)' ');
        }
        return [];
    }
}
