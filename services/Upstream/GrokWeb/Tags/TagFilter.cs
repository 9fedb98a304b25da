using System.Buffers;

namespace GrokForge.Upstream.GrokWeb.Tags;

/// <summary>Takes a piece of text. The bytes are valid during the call only.</summary>
internal delegate void TextSink(ReadOnlySpan<byte> text);

/// <summary>
/// Takes elements of the listed tags out of a text that comes in pieces, e.g. a&lt;xaiartifact id="1"&gt;x&lt;/xaiartifact&gt;b becomes ab, however it is cut. Looks at every byte once;
/// only what may become a tag is held back.
/// </summary>
/// <param name="pass">Takes the text around the elements.</param>
/// <param name="element">Takes each whole element.</param>
internal sealed class TagFilter(TagNames names, TextSink pass, TextSink element)
{
    /// <summary>Bytes of an element that are kept; a longer one is dropped unread.</summary>
    public const int MostKept = 64 * 1024;

    private const int LongestName = 128;
    private static readonly SearchValues<byte> EndOfName = SearchValues.Create(" \t\r\n/>"u8);
    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r\n"u8);

    private readonly ArrayBufferWriter<byte> _kept = new(256);
    private State _state;
    private int _nameLength;
    private int _matched;
    private bool _slash;
    private bool _tooLong;

    private enum State
    {
        /// <summary>Outside of any element.</summary>
        Text,

        /// <summary>Behind a '&lt;', within what may become a name.</summary>
        Begin,

        /// <summary>A listed name was read; it may go on.</summary>
        Name,

        /// <summary>Between the name and the end of the opening tag.</summary>
        Open,

        /// <summary>Within the element.</summary>
        Content,

        /// <summary>Behind the name of what may be the closing tag.</summary>
        Close,
    }

    /// <summary>Bytes looked at so far, which grow with the text alone.</summary>
    public long Steps { get; private set; }

    /// <summary>Takes a piece of whole code points.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var used = _state switch
            {
                State.Text => TakeText(text),
                State.Begin => TakeBegin(text),
                State.Name => TakeName(text),
                State.Open => TakeOpen(text),
                State.Content => TakeContent(text),
                _ => TakeClose(text),
            };
            Steps += Math.Max(used, 1);
            text = text[used..];
        }
    }

    /// <summary>Lets go of what was held back as a possible tag.</summary>
    public void Release()
    {
        if (_state == State.Begin)
            Leave(pass);
    }

    /// <summary>The text is over: what was held back is passed on, an element that never ended is dropped.</summary>
    public void End()
    {
        Release();
        Leave(null);
    }

    /// <summary>Passes everything up to the next '&lt;' that can begin a listed tag.</summary>
    private int TakeText(ReadOnlySpan<byte> text)
    {
        for (var from = 0; ;)
        {
            var at = text[from..].IndexOf((byte)'<');
            if (at < 0)
            {
                pass(text);
                return text.Length;
            }

            at += from;
            if (names.Of(text[(at + 1)..]) == TagNames.Fit.None)
            {
                from = at + 1;
                continue;
            }

            if (at > 0)
                pass(text[..at]);
            Keep(text.Slice(at, 1));
            _state = State.Begin;
            return at + 1;
        }
    }

    /// <summary>One byte more of what may become a name; where it does not, what was held is text.</summary>
    private int TakeBegin(ReadOnlySpan<byte> text)
    {
        Keep(text[..1]);
        switch (names.Of(_kept.WrittenSpan[1..]))
        {
            case TagNames.Fit.Whole:
                _nameLength = _kept.WrittenCount - 1;
                _state = State.Name;
                return 1;
            case TagNames.Fit.Partial:
                return 1;
            default:
                _state = State.Text;
                pass(_kept.WrittenSpan[..^1]);
                _kept.ResetWrittenCount();
                return 0;
        }
    }

    private int TakeName(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny(EndOfName);
        var more = end < 0 ? text.Length : end;
        Keep(text[..more]);
        _nameLength = Math.Min(_nameLength + more, LongestName);
        if (end >= 0)
            _state = State.Open;
        return more;
    }

    private int TakeOpen(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'>');
        if (end < 0)
        {
            Keep(text);
            _slash = text[^1] == '/';
            return text.Length;
        }

        Keep(text[..(end + 1)]);
        _matched = 0;
        if (end > 0 ? text[end - 1] == '/' : _slash)
            Leave(element);
        else
            _state = State.Content;
        return end + 1;
    }

    /// <summary>Goes on to the closing tag of the same name: no byte of it but the first is a '&lt;', so a mismatch can only begin anew.</summary>
    private int TakeContent(ReadOnlySpan<byte> text)
    {
        var used = 0;
        while (used < text.Length)
        {
            if (_matched == 0)
            {
                var next = text[used..].IndexOf((byte)'<');
                if (next < 0)
                {
                    used = text.Length;
                    break;
                }
                used += next + 1;
                _matched = 1;
                continue;
            }

            var wanted = _matched == 1 ? (byte)'/' : _kept.WrittenSpan[_matched - 1];
            _matched = text[used] == wanted ? _matched + 1 : text[used] == '<' ? 1 : 0;
            used++;
            if (_matched == _nameLength + 2)
            {
                _state = State.Close;
                break;
            }
        }

        Keep(text[..used]);
        return used;
    }

    private int TakeClose(ReadOnlySpan<byte> text)
    {
        Keep(text[..1]);
        if (text[0] == '>')
        {
            Leave(element);
        }
        else if (!Blank.Contains(text[0]))
        {
            // </name_id> only begins like the closing tag.
            _matched = text[0] == '<' ? 1 : 0;
            _state = State.Content;
        }
        return 1;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var room = MostKept - _kept.WrittenCount;
        _tooLong |= bytes.Length > room;
        _kept.Write(bytes[..Math.Min(bytes.Length, room)]);
    }

    private void Leave(TextSink? to)
    {
        _state = State.Text;
        if (!_tooLong && _kept.WrittenCount > 0)
            to?.Invoke(_kept.WrittenSpan);
        _kept.ResetWrittenCount();
        _nameLength = 0;
        _matched = 0;
        _slash = false;
        _tooLong = false;
    }
}
