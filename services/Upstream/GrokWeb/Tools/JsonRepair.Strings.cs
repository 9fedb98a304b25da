using System.Buffers;
using System.Globalization;
using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <content>Strings: where one ends whose inner quotes were not escaped, and what must be escaped in it.</content>
internal ref partial struct JsonRepair
{
    private enum Quote { Double, Single, Back, Curly }

    private static readonly SearchValues<byte> Special = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\', (byte)'\'', (byte)'`', 0xE2]);

    private readonly Quote? QuoteAt(int at) => at >= _text.Length ? null : _text[at] switch
    {
        (byte)'"' => Quote.Double,
        (byte)'\'' => Quote.Single,
        (byte)'`' => Quote.Back,
        _ => IsCurly(at) ? Quote.Curly : null,
    };

    private readonly bool IsCurly(int at) => _text[at..] is [0xE2, 0x80, 0x9C or 0x9D, ..];

    private static int Width(Quote quote) => quote == Quote.Curly ? 3 : 1;

    private readonly bool IsQuote(int at, Quote quote) => quote switch
    {
        Quote.Double => _text[at] == '"',
        Quote.Single => _text[at] == '\'',
        Quote.Back => _text[at] == '`',
        _ => IsCurly(at) || _text[at] == '"',
    };

    /// <summary>Copies a string from behind its opening quote, and writes its closing one.</summary>
    private void CopyString(Quote quote, bool isKey)
    {
        while (_at < _softEnd)
        {
            var run = _text[_at.._softEnd].IndexOfAny(Special);
            if (run != 0)
            {
                var plain = run < 0 ? _softEnd - _at : run;
                _output.Add(_text.Slice(_at, plain));
                _at += plain;
            }
            else if (_text[_at] == '\\')
            {
                CopyEscape();
            }
            else if (IsQuote(_at, quote) && Ends(_at, isKey))
            {
                _at += _text[_at] == 0xE2 ? 3 : 1;
                _output.Add((byte)'"');
                return;
            }
            else
            {
                WriteEscaped(_text[_at++]);
            }
        }
        _at = Math.Max(_at, _softEnd);
        _output.Add((byte)'"');
    }

    private void CopyEscape()
    {
        var next = _at + 1 < _softEnd ? _text[_at + 1] : (byte)0;
        if (next == 'u' && IsHex(_at + 2))
        {
            _output.Add(_text.Slice(_at, 6));
            _at += 6;
        }
        else if (next == 'u' && _at + 6 > _softEnd)
        {
            // Cut off inside the escape: the character is lost.
            _at = _softEnd;
        }
        else if ("\"\\/bfnrt"u8.Contains(next))
        {
            _output.Add(_text.Slice(_at, 2));
            _at += 2;
        }
        else if (next == 0)
        {
            _at++;
        }
        else if (next is (byte)'\'' or (byte)'`')
        {
            _at++;
        }
        else
        {
            _output.Add("\\\\"u8);
            _at++;
        }
    }

    private readonly bool IsHex(int at)
    {
        if (at + 4 > _softEnd)
            return false;
        foreach (var b in _text.Slice(at, 4))
        {
            if (!char.IsAsciiHexDigit((char)b))
                return false;
        }
        return true;
    }

    /// <summary>Whether the quote here ends its string: what follows must be what follows a key or a value.</summary>
    private bool Ends(int at, bool isKey)
    {
        var next = AfterSpace(at + (_text[at] == 0xE2 ? 3 : 1));
        if (next >= _text.Length)
            return true;
        var b = _text[next];
        if (isKey)
            return b is (byte)':' or (byte)'=';
        return b switch
        {
            (byte)'}' or (byte)']' => EndsBeforeCloser(next),
            (byte)',' => EndsBeforeComma(next),
            (byte)'/' => _text[next..] is [_, (byte)'/' or (byte)'*', ..],
            (byte)'"' => next > at + 1 && (_open.Count == 0 || !_open[^1].IsObject || IsKeyAt(next)),
            _ => false,
        };
    }

    private bool EndsBeforeCloser(int at)
    {
        var begin = at;
        while (at < _text.Length && (_text[at] is (byte)'}' or (byte)']' || StrictJson.IsSpace(_text[at])))
            at++;
        _looked += at - begin;
        if (at >= _text.Length || _text[at] is (byte)',' or (byte)'<' or (byte)'`' or (byte)';' or (byte)'/')
            return true;
        if (!_quoted || _text[at] != '"')
            return false;
        at = AfterSpace(at + 1);
        return at >= _text.Length || _text[at] is (byte)'}' or (byte)']' or (byte)',';
    }

    private bool EndsBeforeComma(int at)
    {
        var begin = at;
        while (at < _text.Length && (_text[at] == ',' || StrictJson.IsSpace(_text[at])))
            at++;
        _looked += at - begin;
        if (at >= _text.Length || _text[at] is (byte)'}' or (byte)']')
            return true;
        if (_open.Count > 0 && _open[^1].IsObject)
            return IsKeyAt(at);
        return _text[at] is (byte)'"' or (byte)'\'' or (byte)'{' or (byte)'[' or (byte)'-' or (byte)'/' || char.IsAsciiDigit((char)_text[at])
            || _text[at..].StartsWith("true"u8) || _text[at..].StartsWith("false"u8) || _text[at..].StartsWith("null"u8);
    }

    /// <summary>Whether a key and its colon stand here. Never looks further than the next quote, so that all looks together stay linear.</summary>
    private bool IsKeyAt(int at)
    {
        if (QuoteAt(at) is { } quote)
        {
            var begin = at + Width(quote);
            var length = _text[begin..].IndexOfAny((byte)'"', quote switch { Quote.Single => (byte)'\'', Quote.Back => (byte)'`', Quote.Curly => (byte)0xE2, _ => (byte)'"' });
            _looked += length < 0 ? _text.Length - begin : length;
            if (length < 0)
                return !_whole;
            at = begin + length;
            at += _text[at] == 0xE2 ? 3 : 1;
        }
        else
        {
            var begin = at;
            while (at < _text.Length && IsWord(_text[at]))
                at++;
            _looked += at - begin;
            if (at == begin)
                return _text[at] == '/';
        }
        at = AfterSpace(at);
        return at < _text.Length ? _text[at] is (byte)':' or (byte)'=' : !_whole;
    }

    private int AfterSpace(int at)
    {
        var begin = at;
        while (at < _text.Length && StrictJson.IsSpace(_text[at]))
            at++;
        _looked += at - begin + 1;
        return at;
    }

    private readonly void WriteString(ReadOnlySpan<byte> plain)
    {
        _output.Add((byte)'"');
        foreach (var b in plain)
        {
            if (b == '\\')
                _output.Add("\\\\"u8);
            else
                WriteEscaped(b);
        }
        _output.Add((byte)'"');
    }

    private readonly void WriteEscaped(byte b) => Escape(_output, b);

    /// <summary>Writes one byte of a string's inside; a backslash stays one.</summary>
    public static void Escape(Bytes output, byte b)
    {
        switch (b)
        {
            case (byte)'"':
                output.Add("\\\""u8);
                break;
            case (byte)'\n':
                output.Add("\\n"u8);
                break;
            case (byte)'\r':
                output.Add("\\r"u8);
                break;
            case (byte)'\t':
                output.Add("\\t"u8);
                break;
            case < 0x20:
                output.Add(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\u{b:x4}")));
                break;
            default:
                output.Add(b);
                break;
        }
    }
}
