using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// Reads what is nearly JSON, {'a': True, "b": "said "no"",} and writes JSON. It may go on where a strict reader was refused: with containers open and inside a string.
/// What comes out is always complete JSON; inside string literals only what cannot stand there is escaped.
/// </summary>
/// <param name="whole">Whether the text is all there is: closers at its end then close, even where a string lost its quote. Else it was cut off.</param>
/// <param name="quoted">Whether a quote around the whole may follow its end.</param>
/// <param name="softEnd">Where the closers at the text's end begin, where that is known already; -1: it is not.</param>
internal ref partial struct JsonRepair(ReadOnlySpan<byte> text, Bytes output, bool whole, bool quoted, int softEnd = -1)
{
    private const int MostDepth = 250;

    private readonly ReadOnlySpan<byte> _text = text;
    private readonly Bytes _output = output;
    private readonly bool _whole = whole;
    private readonly bool _quoted = quoted;
    private readonly int _softEnd = softEnd >= 0 ? softEnd : whole ? WithoutClosers(text) : text.Length;
    private readonly List<(bool IsObject, bool HasMembers)> _open = [];
    private int _at;
    private long _looked;

    /// <summary>Bytes visited, looks ahead included.</summary>
    public readonly long Visited => _at + _looked;

    /// <summary>Mends one value from the next brace or bracket on. False: there is none.</summary>
    public bool TryMend(out int consumed)
    {
        var begin = _text.IndexOfAny((byte)'{', (byte)'[');
        consumed = _text.Length;
        if (begin < 0)
            return false;
        _at = begin;
        WriteOpen();
        Run();
        consumed = _at;
        return true;
    }

    /// <summary>Completes a value of which the beginning was written already.</summary>
    /// <returns>Bytes of the text that belong to it.</returns>
    public int Complete(IReadOnlyList<bool> open, bool inString, bool afterValue)
    {
        for (var i = 0; i < open.Count; i++)
            _open.Add((open[i], i < open.Count - 1 || afterValue));
        if (inString)
        {
            CopyString(Quote.Double, isKey: false);
            Written();
        }
        Run();
        return _at;
    }

    private void Run()
    {
        while (_open.Count > 0)
        {
            SkipNoise();
            if (_at >= _text.Length)
            {
                CloseAll();
                return;
            }
            var b = _text[_at];
            if (b is (byte)'}' or (byte)']')
                Close(b == '}');
            else if (_open[^1].IsObject)
                Member();
            else if (!Value())
                _at++;
        }
    }

    /// <summary>A key, its colon and the beginning of its value. What is no key is skipped.</summary>
    private void Member()
    {
        var rollback = _output.Length;
        if (_open[^1].HasMembers)
            _output.Add((byte)',');
        if (!Key())
        {
            _output.Cut(rollback);
            return;
        }
        SkipBlanks();
        while (_at < _text.Length && _text[_at] is (byte)':' or (byte)'=' or (byte)'>')
            _at++;
        SkipBlanks();
        if (_at >= _text.Length)
        {
            _output.Cut(rollback);
            return;
        }
        _output.Add((byte)':');
        if (_text[_at] is (byte)',' or (byte)'}' or (byte)']' || !ValueAfterKey())
        {
            _output.Add("null"u8);
            Written();
        }
    }

    private bool Key()
    {
        if (QuoteAt(_at) is { } quote)
        {
            _at += Width(quote);
            _output.Add((byte)'"');
            CopyString(quote, isKey: true);
            return true;
        }

        var begin = _at;
        while (_at < _text.Length && IsWord(_text[_at]))
            _at++;
        if (_at == begin)
        {
            _at++;
            return false;
        }
        var end = _at;
        SkipBlanks();
        if (_at >= _text.Length || _text[_at] is not ((byte)':' or (byte)'='))
            return false;
        WriteString(_text[begin..end]);
        return true;
    }

    private bool Value()
    {
        var rollback = _output.Length;
        if (_open[^1].HasMembers)
            _output.Add((byte)',');
        if (ValueAfterKey())
            return true;
        _output.Cut(rollback);
        return false;
    }

    private bool ValueAfterKey()
    {
        if (_text[_at] is (byte)'{' or (byte)'[')
        {
            if (_open.Count < MostDepth)
            {
                Written();
                WriteOpen();
                return true;
            }
            _at++;
            return false;
        }
        if (QuoteAt(_at) is { } quote)
        {
            _at += Width(quote);
            _output.Add((byte)'"');
            CopyString(quote, isKey: false);
            Written();
            return true;
        }
        return Word();
    }

    /// <summary>A value without quotes, up to a comma, a closer or the end of the line.</summary>
    private bool Word()
    {
        var begin = _at;
        while (_at < _softEnd && _text[_at] is not ((byte)',' or (byte)'}' or (byte)']' or (byte)'\n' or (byte)'\r'))
            _at++;
        var word = _text[begin.._at].Trim(" \t"u8);
        var comment = word.IndexOf("//"u8);
        if (comment > 0 && word[comment - 1] is (byte)' ' or (byte)'\t')
            word = word[..comment].TrimEnd(" \t"u8);
        word = word.TrimEnd((byte)';').TrimEnd((byte)'"');
        if (word.IsEmpty)
            return false;
        WriteWord(word);
        Written();
        return true;
    }

    private readonly void WriteWord(ReadOnlySpan<byte> word)
    {
        switch (Encoding.UTF8.GetString(word).ToUpperInvariant())
        {
            case "TRUE":
                _output.Add("true"u8);
                return;
            case "FALSE":
                _output.Add("false"u8);
                return;
            case "NULL" or "NONE" or "NIL" or "UNDEFINED" or "NAN" or "INFINITY" or "-INFINITY":
                _output.Add("null"u8);
                return;
        }
        if (!_whole && _at >= _text.Length && CutOffLiteral(word) is { } literal)
        {
            _output.Add(literal);
            return;
        }
        var number = word[0] == '+' ? word[1..] : word;
        if (StrictJson.IsScalar(number))
            _output.Add(number);
        else if (IsLooseNumber(number, out var mended))
            _output.Add(mended);
        else
            WriteString(word);
    }

    private static byte[]? CutOffLiteral(ReadOnlySpan<byte> word) =>
        "true"u8.StartsWith(word) ? [.. "true"u8] : "false"u8.StartsWith(word) ? [.. "false"u8] : "null"u8.StartsWith(word) ? [.. "null"u8] : null;

    /// <summary>.5 and 5. and 1_000 are numbers that were meant.</summary>
    private static bool IsLooseNumber(ReadOnlySpan<byte> word, out byte[] mended)
    {
        var text = Encoding.UTF8.GetString(word).Replace("_", "", StringComparison.Ordinal);
        var negative = text.StartsWith('-') ? "-" : "";
        text = text[negative.Length..];
        if (text.StartsWith('.'))
            text = "0" + text;
        if (text.EndsWith('.'))
            text += "0";
        mended = Encoding.UTF8.GetBytes(negative + text);
        return text.Length > 0 && char.IsAsciiDigit(text[0]) && StrictJson.IsScalar(mended);
    }

    /// <summary>Blanks, commas, semicolons, ellipses and comments between members.</summary>
    private void SkipNoise()
    {
        while (_at < _text.Length)
        {
            SkipBlanks();
            if (_at >= _text.Length || !(_text[_at] is (byte)',' or (byte)';' or (byte)'\\' || _text[_at..].StartsWith("..."u8)))
                return;
            _at++;
        }
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (StrictJson.IsSpace(_text[_at]) || _text[_at] < 0x20)
                _at++;
            else if (_text[_at..].StartsWith("//"u8) || _text[_at] == '#')
                SkipTo(_text[_at..].IndexOfAny((byte)'\n', (byte)'\r'), 0);
            else if (_text[_at..].StartsWith("/*"u8))
                SkipTo(_text[_at..].IndexOf("*/"u8), 2);
            else
                return;
        }
    }

    private void SkipTo(int end, int width) => _at = end < 0 ? _text.Length : _at + end + width;

    private void WriteOpen()
    {
        var isObject = _text[_at++] == '{';
        _output.Add(isObject ? (byte)'{' : (byte)'[');
        _open.Add((isObject, false));
    }

    /// <summary>A closer closes what is open inside its container too; one that closes nothing is skipped.</summary>
    private void Close(bool isObject)
    {
        _at++;
        var match = _open.FindLastIndex(o => o.IsObject == isObject);
        while (match >= 0 && _open.Count > match)
            CloseTop();
    }

    private readonly void CloseAll()
    {
        while (_open.Count > 0)
            CloseTop();
    }

    private readonly void CloseTop()
    {
        _output.Add(_open[^1].IsObject ? (byte)'}' : (byte)']');
        _open.RemoveAt(_open.Count - 1);
    }

    private readonly void Written()
    {
        if (_open.Count > 0)
            _open[^1] = (_open[^1].IsObject, true);
    }

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' or (byte)'$' or (byte)'.' || b >= 0x80;

    /// <summary>Where the text ends without the closers at its end.</summary>
    public static int WithoutClosers(ReadOnlySpan<byte> text) => text.TrimEnd(" \t\r\n}]"u8).Length;
}
