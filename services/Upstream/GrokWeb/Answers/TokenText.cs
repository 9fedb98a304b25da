using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>Turns the JSON strings of one channel into UTF-8 of whole code points; one that is split over two tokens, such as "\ud83d" and "\ude00", is held back until its rest comes.</summary>
internal sealed class TokenText
{
    private byte[] _text = new byte[256];
    private int _length;
    private int _carried;
    private char _highSurrogate;

    /// <summary>The token's text. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Decode(RawText token)
    {
        if (!token.IsEscaped && _carried == 0 && _highSurrogate == 0 && Utf8.IsValid(token.Bytes))
            return token.Bytes;

        // Escapes only shrink; what may come on top is held text and one replacement.
        Reserve(_carried + token.Bytes.Length + 6);
        _length = _carried;
        _carried = 0;
        Unescape(token.Bytes);
        return WholeCodePoints();
    }

    /// <summary>What is still held back, as replacement characters: its rest will never come. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Flush()
    {
        _length = 0;
        if (_carried > 0 || _highSurrogate != 0)
            Append(Rune.ReplacementChar);
        _carried = 0;
        _highSurrogate = '\0';
        return _text.AsSpan(0, _length);
    }

    private void Unescape(ReadOnlySpan<byte> raw)
    {
        while (!raw.IsEmpty)
        {
            var plain = raw.IndexOf((byte)'\\');
            if (plain != 0)
            {
                var run = plain < 0 ? raw : raw[..plain];
                EndSurrogate();
                run.CopyTo(_text.AsSpan(_length));
                _length += run.Length;
                raw = raw[run.Length..];
                continue;
            }

            if (raw[1] == 'u')
            {
                AppendUnit((char)(Hex(raw[2]) << 12 | Hex(raw[3]) << 8 | Hex(raw[4]) << 4 | Hex(raw[5])));
                raw = raw[6..];
                continue;
            }

            EndSurrogate();
            _text[_length++] = raw[1] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'t' => (byte)'\t',
                (byte)'r' => (byte)'\r',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                var other => other,
            };
            raw = raw[2..];
        }
    }

    private void AppendUnit(char unit)
    {
        if (_highSurrogate != 0 && char.IsLowSurrogate(unit))
        {
            Append(new Rune(_highSurrogate, unit));
            _highSurrogate = '\0';
            return;
        }

        EndSurrogate();
        if (char.IsHighSurrogate(unit))
            _highSurrogate = unit;
        else
            Append(Rune.TryCreate(unit, out var rune) ? rune : Rune.ReplacementChar);
    }

    private void EndSurrogate()
    {
        if (_highSurrogate == 0)
            return;
        Append(Rune.ReplacementChar);
        _highSurrogate = '\0';
    }

    private void Append(Rune rune) => _length += rune.EncodeToUtf8(_text.AsSpan(_length));

    /// <summary>Keeps an unfinished sequence at the end for the next token and replaces what can never become a code point.</summary>
    private ReadOnlySpan<byte> WholeCodePoints()
    {
        if (Utf8.IsValid(_text.AsSpan(0, _length)))
            return _text.AsSpan(0, _length);

        var source = _text.AsSpan(0, _length).ToArray().AsSpan();
        Reserve(source.Length * 3);
        _length = 0;
        while (!source.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(source, out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData)
            {
                var whole = _length;
                source.CopyTo(_text.AsSpan(whole));
                return Carry(whole, source.Length);
            }
            Append(rune);
            source = source[consumed..];
        }
        return _text.AsSpan(0, _length);
    }

    /// <summary>Hands out the whole part from a copy, so that the unfinished rest can wait at the front.</summary>
    private ReadOnlySpan<byte> Carry(int whole, int rest)
    {
        var answer = _text.AsSpan(0, whole).ToArray();
        _text.AsSpan(whole, rest).CopyTo(_text);
        _carried = rest;
        return answer;
    }

    private void Reserve(int bytes)
    {
        if (_text.Length < bytes)
            Array.Resize(ref _text, Math.Max(bytes, _text.Length * 2));
    }

    // The JSON reader has checked that these are hex digits.
    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
