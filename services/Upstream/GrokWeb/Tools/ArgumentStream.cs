namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// Accepts one call's arguments, {"city":"Paris","days":3}, and lets go at once what can be completed to valid JSON whatever follows: not a comma, a key, a number or a
/// closing quote before what comes after them is seen. So a refusal never finds anything sent that cannot be mended.
/// </summary>
/// <param name="closer">The end tag around the call: inside a string it may be text, or the end of a string that lost its quote.</param>
internal sealed class ArgumentStream(byte[] closer)
{
    private readonly StrictJson _json = new();
    private readonly Bytes _held = new();
    private int _matched;
    private bool[] _openAtMark = [];

    /// <summary>What may be sent and was not taken yet.</summary>
    public Bytes Released { get; } = new();

    /// <summary>What was accepted and is not released.</summary>
    public ReadOnlySpan<byte> Held => _held.Span;

    public bool IsComplete => _json.IsComplete;

    /// <summary>Where the held bytes hold the closer inside a string; -1: nowhere.</summary>
    public int MarkedAt { get; private set; } = -1;

    /// <summary>Whether what was released ends inside a string.</summary>
    public bool IsInString { get; private set; }

    /// <summary>Whether what was released ends after a whole value.</summary>
    public bool IsAfterValue { get; private set; }

    /// <summary>The containers that are open where the released bytes end; true: an object.</summary>
    public IReadOnlyList<bool> Open => MarkedAt >= 0 ? _openAtMark : _json.Objects;

    /// <returns>False: refused, and the byte is not among the held ones.</returns>
    public bool Accept(byte b)
    {
        if (_json.Depth == 0 && b != '{' || !_json.Accept(b))
            return false;
        _held.Add(b);
        if (_json.Mark == JsonMark.StringByte)
            TakeStringByte(b);
        else
            TakeOther();
        return true;
    }

    private void TakeStringByte(byte b)
    {
        _matched = b == closer[_matched] ? _matched + 1 : b == closer[0] ? 1 : 0;
        if (_matched == closer.Length)
        {
            if (MarkedAt < 0)
                Mark();
            _matched = 0;
        }
        if (_matched == 0)
            Release(_held.Length, inString: true, afterValue: false);
    }

    private void Mark()
    {
        MarkedAt = _held.Length - closer.Length;
        _openAtMark = [.. _json.Objects];
    }

    private void TakeOther()
    {
        _matched = 0;
        switch (_json.Mark)
        {
            case JsonMark.Open:
                Release(_held.Length, inString: false, afterValue: false);
                break;
            case JsonMark.Close:
                Release(_held.Length, inString: false, afterValue: true);
                break;
            case JsonMark.ValueStart:
                Release(_held.Length, inString: true, afterValue: false);
                break;
            case JsonMark.Comma:
                Release(_held.Length - 1, inString: false, afterValue: true);
                break;
        }
    }

    private void Release(int count, bool inString, bool afterValue)
    {
        // A mark that turned out to be text in a whole value is none.
        if (MarkedAt >= 0 && !IsComplete)
            return;
        MarkedAt = -1;
        IsInString = inString;
        IsAfterValue = afterValue;
        Released.Add(_held.Span[..count]);
        _held.DropFirst(count);
    }
}
