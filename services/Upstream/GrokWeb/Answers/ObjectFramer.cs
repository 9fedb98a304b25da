using System.Buffers;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>What a look at the buffered bytes found.</summary>
internal enum Frame
{
    /// <summary>No whole object yet.</summary>
    NeedsMore,

    /// <summary>A whole top-level object.</summary>
    Object,

    /// <summary>Bytes that cannot be an object were skipped; look again.</summary>
    Malformed,

    /// <summary>The end mark of an event stream.</summary>
    Done,

    /// <summary>An object larger than any answer's.</summary>
    TooLong,
}

/// <summary>Cuts balanced top-level JSON objects out of bytes, whatever stands between them: {"a":1}\n, data: {"a":"}"}\n\n, {"a":1}{"b":2}. Looks at every byte once.</summary>
internal struct ObjectFramer
{
    /// <summary>Bytes of one object.</summary>
    public const int ObjectLimit = 8 * 1024 * 1024;

    private long _scanned;
    private int _depth;
    private int _doneMatched;
    private bool _inString;
    private bool _escaped;

    /// <summary>Whether the bytes seen so far end inside an object.</summary>
    public readonly bool IsInside => _depth > 0;

    /// <summary>Cuts the next object off the front of the buffer. What is left in the buffer must be given again, with more bytes behind it.</summary>
    public Frame Next(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> found)
    {
        found = default;
        if (_depth == 0 && SkipToObject(ref buffer) is var skipped and not Frame.Object)
            return skipped;

        foreach (var segment in buffer.Slice(_scanned))
        {
            var end = Scan(segment.Span, out var malformed);
            if (end < 0)
            {
                _scanned += segment.Length;
                if (_scanned > ObjectLimit)
                    return Frame.TooLong;
                continue;
            }

            var length = _scanned + end;
            if (length > ObjectLimit)
                return Frame.TooLong;
            found = buffer.Slice(0, length);
            buffer = buffer.Slice(length);
            Reset();
            return malformed ? Frame.Malformed : Frame.Object;
        }

        return Frame.NeedsMore;
    }

    private Frame SkipToObject(ref ReadOnlySequence<byte> buffer)
    {
        var skipped = 0L;
        foreach (var segment in buffer)
        {
            var span = segment.Span;
            var at = span.IndexOf((byte)'{');
            var between = at < 0 ? span : span[..at];
            for (var i = 0; i < between.Length; i++)
            {
                if (!MatchesDone(between[i]))
                    continue;
                buffer = buffer.Slice(skipped + i + 1);
                return Frame.Done;
            }

            if (at >= 0)
            {
                buffer = buffer.Slice(skipped + at);
                _doneMatched = 0;
                return Frame.Object;
            }
            skipped += span.Length;
        }

        buffer = buffer.Slice(buffer.End);
        return Frame.NeedsMore;
    }

    private bool MatchesDone(byte next)
    {
        var mark = "[DONE]"u8;
        _doneMatched = next == mark[_doneMatched] ? _doneMatched + 1 : next == mark[0] ? 1 : 0;
        if (_doneMatched < mark.Length)
            return false;
        _doneMatched = 0;
        return true;
    }

    /// <summary>Answers the index behind the byte that ends the object, or -1.</summary>
    private int Scan(ReadOnlySpan<byte> span, out bool malformed)
    {
        malformed = false;
        var i = 0;
        while (i < span.Length)
        {
            if (_escaped)
            {
                _escaped = false;
                i++;
                continue;
            }

            var at = _inString ? span[i..].IndexOfAny((byte)'"', (byte)'\\', (byte)'\n') : span[i..].IndexOfAny((byte)'"', (byte)'{', (byte)'}');
            if (at < 0)
                return -1;

            i += at + 1;
            switch (span[i - 1])
            {
                case (byte)'"':
                    _inString = !_inString;
                    break;
                case (byte)'\\':
                    _escaped = true;
                    break;
                case (byte)'{':
                    _depth++;
                    break;
                case (byte)'}' when --_depth == 0:
                    return i;
                case (byte)'\n':
                    // A string cannot hold a raw line end: the line is broken, and the next one may be whole.
                    malformed = true;
                    return i;
            }
        }
        return -1;
    }

    private void Reset()
    {
        _scanned = 0;
        _depth = 0;
        _inString = false;
        _escaped = false;
    }
}
