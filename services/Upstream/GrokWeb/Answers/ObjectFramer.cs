using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;

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

    private const int LongestPrefix = 6;
    private const int LookBehind = 64;

    private long _scanned;
    private long _escaped = -1;
    private long _line = -1;
    private int _depth;
    private int _doneMatched;
    private bool _inString;

    public ObjectFramer()
    {
    }

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
            var rest = segment.Span;
            while (Scan(rest, out var stop) is >= 0 and var end)
            {
                _scanned += end;
                rest = rest[end..];
                if (stop == Stop.ObjectOnNewLine && !BeginsAnew(buffer))
                {
                    _depth++;
                    continue;
                }

                // A broken object ends where the next one begins.
                var length = stop == Stop.ObjectOnNewLine ? _line : _scanned;
                if (length > ObjectLimit)
                    return Frame.TooLong;
                found = buffer.Slice(0, length);
                buffer = buffer.Slice(length);
                Reset();
                return stop == Stop.End ? Frame.Object : Frame.Malformed;
            }

            _scanned += rest.Length;
            if (_scanned > ObjectLimit)
                return Frame.TooLong;
        }

        return Frame.NeedsMore;
    }

    /// <summary>
    /// Whether the brace that was just passed, at the begin of a line inside an object, begins another object because the one before was cut off at its line's
    /// end: {"result":{"response":{"token":"a"} and on the next line {"result":… After a comma, a colon or a bracket it may as well be a member.
    /// </summary>
    private readonly bool BeginsAnew(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> bytes = stackalloc byte[LookBehind];
        var before = buffer.Slice(_line, _scanned - 1 - _line);
        if (before.Length > 0)
        {
            before.CopyTo(bytes);
            return bytes[..(int)before.Length].SequenceEqual("data: "u8) || bytes[..(int)before.Length].SequenceEqual("data:"u8);
        }

        var last = buffer.Slice(Math.Max(0, _line - LookBehind), Math.Min(_line, LookBehind));
        last.CopyTo(bytes);
        var at = bytes[..(int)last.Length].LastIndexOfAnyExcept(" \t\r\n"u8);
        return at >= 0 && !",:["u8.Contains(bytes[at]);
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

    /// <summary>Answers the index behind the byte that ends the object, or -1. Looks at 32 bytes at once and stops only at those that mean something.</summary>
    private int Scan(ReadOnlySpan<byte> span, out Stop stop)
    {
        var i = 0;
        for (; i + Vector256<byte>.Count <= span.Length; i += Vector256<byte>.Count)
        {
            for (var marks = Marks(span[i..]); marks != 0; marks &= marks - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(marks);
                stop = Look(span[at], _scanned + at);
                if (stop != Stop.None)
                    return at + 1;
            }
        }

        for (; i < span.Length; i++)
        {
            stop = Look(span[i], _scanned + i);
            if (stop != Stop.None)
                return i + 1;
        }
        stop = Stop.None;
        return -1;
    }

    private Stop Look(byte mark, long position)
    {
        switch (mark)
        {
            case (byte)'"' when position != _escaped:
                _inString = !_inString;
                return Stop.None;
            case (byte)'\\' when _inString && position != _escaped:
                _escaped = position + 1;
                return Stop.None;
            case (byte)'{' when !_inString && _line >= 0 && position - _line <= LongestPrefix:
                return Stop.ObjectOnNewLine;
            case (byte)'{' when !_inString:
                _depth++;
                return Stop.None;
            case (byte)'}' when !_inString:
                return --_depth == 0 ? Stop.End : Stop.None;
            case (byte)'\n' when _inString:
                // A string cannot hold a raw line end: the line is broken, and the next one may be whole.
                return Stop.BrokenString;
            case (byte)'\n':
                _line = position + 1;
                return Stop.None;
            default:
                return Stop.None;
        }
    }

    private static uint Marks(ReadOnlySpan<byte> span)
    {
        var block = Vector256.Create(span);
        var marks = Vector256.Equals(block, Vector256.Create((byte)'"')) | Vector256.Equals(block, Vector256.Create((byte)'\\'))
            | Vector256.Equals(block, Vector256.Create((byte)'{')) | Vector256.Equals(block, Vector256.Create((byte)'}'))
            | Vector256.Equals(block, Vector256.Create((byte)'\n'));
        return marks.ExtractMostSignificantBits();
    }

    private void Reset()
    {
        _scanned = 0;
        _depth = 0;
        _inString = false;
        _escaped = -1;
        _line = -1;
    }

    /// <summary>Why the scan of an object stops.</summary>
    private enum Stop { None, End, BrokenString, ObjectOnNewLine }
}
