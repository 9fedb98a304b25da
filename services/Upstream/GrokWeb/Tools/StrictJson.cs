using System.Text.Json;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>What one accepted byte of JSON was.</summary>
internal enum JsonMark { Space, Open, Close, KeyStart, KeyByte, KeyEnd, ValueStart, StringByte, Escape, StringEnd, Scalar, Colon, Comma }

/// <summary>Accepts JSON byte by byte, by the letter of RFC 8259, and refuses at the first byte that cannot be; the value must be an object or an array.</summary>
internal sealed class StrictJson
{
    /// <summary>Deeper values are refused.</summary>
    public const int MostDepth = 200;

    private const int MostScalarBytes = 256;

    private enum At { Root, Value, FirstItem, FirstKey, Key, Colon, AfterValue, Text, Escape, Hex, Scalar, Done }

    private readonly List<bool> _objects = [];
    private readonly byte[] _scalar = new byte[MostScalarBytes];
    private int _scalarLength;
    private int _hexLeft;
    private bool _isKey;
    private At _at = At.Root;

    /// <summary>What the last accepted byte was.</summary>
    public JsonMark Mark { get; private set; }

    /// <summary>Open containers from the outside in; true: an object.</summary>
    public IReadOnlyList<bool> Objects => _objects;

    public int Depth => _objects.Count;

    public bool IsComplete => _at == At.Done;

    /// <returns>False: refused; nothing may follow.</returns>
    public bool Accept(byte b) => _at switch
    {
        At.Text => AcceptText(b),
        At.Escape => AcceptEscape(b),
        At.Hex => AcceptHex(b),
        At.Scalar => AcceptScalar(b),
        _ => AcceptStructure(b),
    };

    private bool AcceptText(byte b)
    {
        if (b == '"')
        {
            Mark = _isKey ? JsonMark.KeyEnd : JsonMark.StringEnd;
            _at = _isKey ? At.Colon : At.AfterValue;
            return true;
        }
        if (b < 0x20)
            return false;
        if (b == '\\')
            return Go(At.Escape, JsonMark.Escape);
        Mark = _isKey ? JsonMark.KeyByte : JsonMark.StringByte;
        return true;
    }

    private bool AcceptEscape(byte b)
    {
        if (b == 'u')
        {
            _hexLeft = 4;
            return Go(At.Hex, JsonMark.Escape);
        }
        return "\"\\/bfnrt"u8.Contains(b) && Go(At.Text, _isKey ? JsonMark.KeyByte : JsonMark.StringByte);
    }

    private bool AcceptHex(byte b)
    {
        if (!char.IsAsciiHexDigit((char)b))
            return false;
        return --_hexLeft > 0 ? Go(At.Hex, JsonMark.Escape) : Go(At.Text, _isKey ? JsonMark.KeyByte : JsonMark.StringByte);
    }

    private bool AcceptScalar(byte b)
    {
        if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'+' or (byte)'-' or (byte)'.')
        {
            if (_scalarLength == MostScalarBytes)
                return false;
            _scalar[_scalarLength++] = b;
            return true;
        }
        if (!IsScalar(_scalar.AsSpan(0, _scalarLength)))
            return false;
        _at = At.AfterValue;
        return AcceptStructure(b);
    }

    private bool AcceptStructure(byte b)
    {
        if (IsSpace(b))
        {
            Mark = JsonMark.Space;
            return _at != At.Root;
        }
        return b switch
        {
            (byte)'{' => TakesValue && Open(isObject: true),
            (byte)'[' => TakesValue && Open(isObject: false),
            (byte)'}' => _at is At.FirstKey or At.AfterValue && Close(isObject: true),
            (byte)']' => _at is At.FirstItem or At.AfterValue && Close(isObject: false),
            (byte)'"' when _at is At.FirstKey or At.Key => Begin(key: true),
            (byte)'"' => TakesValue && _at != At.Root && Begin(key: false),
            (byte)':' => _at == At.Colon && Go(At.Value, JsonMark.Colon),
            (byte)',' => _at == At.AfterValue && Go(_objects[^1] ? At.Key : At.Value, JsonMark.Comma),
            _ => TakesValue && _at != At.Root && BeginScalar(b),
        };
    }

    private bool TakesValue => _at is At.Root or At.Value or At.FirstItem;

    private bool Go(At at, JsonMark mark)
    {
        _at = at;
        Mark = mark;
        return true;
    }

    private bool Begin(bool key)
    {
        _isKey = key;
        return Go(At.Text, key ? JsonMark.KeyStart : JsonMark.ValueStart);
    }

    private bool BeginScalar(byte b)
    {
        if (b is not ((byte)'-' or (byte)'t' or (byte)'f' or (byte)'n') && !char.IsAsciiDigit((char)b))
            return false;
        _scalar[0] = b;
        _scalarLength = 1;
        return Go(At.Scalar, JsonMark.Scalar);
    }

    private bool Open(bool isObject)
    {
        if (_objects.Count == MostDepth)
            return false;
        _objects.Add(isObject);
        return Go(isObject ? At.FirstKey : At.FirstItem, JsonMark.Open);
    }

    private bool Close(bool isObject)
    {
        if (_objects[^1] != isObject)
            return false;
        _objects.RemoveAt(_objects.Count - 1);
        return Go(_objects.Count == 0 ? At.Done : At.AfterValue, JsonMark.Close);
    }

    public static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    /// <summary>Whether it is a number, true, false or null, complete.</summary>
    public static bool IsScalar(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("true"u8) || text.SequenceEqual("false"u8) || text.SequenceEqual("null"u8))
            return true;
        if (text.IsEmpty || !(text[0] == '-' || char.IsAsciiDigit((char)text[0])))
            return false;
        try
        {
            var reader = new Utf8JsonReader(text);
            return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.BytesConsumed == text.Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
