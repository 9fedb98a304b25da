namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// Takes the arguments of a call whose tool takes free text, {"input":"*** Begin Patch\n…"}, and says that text while they arrive. Where the model named the argument otherwise,
/// its first text is the one that counts.
/// </summary>
internal sealed class FreeText
{
    private readonly StrictJson _json = new();
    private readonly Bytes _key = new();
    private readonly Bytes _other = new();
    private readonly Bytes _raw = new();
    private EscapedText? _value;
    private bool _isInput;
    private bool _hasInput;
    private bool _hasOther;

    /// <summary>More of the arguments; appends what it says of the text.</summary>
    public void Take(ReadOnlySpan<byte> json, Bytes text)
    {
        if (!_hasInput)
            _raw.Add(json);
        foreach (var b in json)
        {
            if (_json.Accept(b))
                Take(b, text);
        }
    }

    /// <summary>The arguments are whole.</summary>
    public void End(Bytes text)
    {
        if (_hasOther && !_hasInput)
            text.Add(_other.Span);
        else if (!_hasInput && !_raw.Span.SequenceEqual("{}"u8))
            text.Add(_raw.Span);
    }

    private void Take(byte b, Bytes text)
    {
        switch (_json.Mark)
        {
            case JsonMark.KeyStart when _json.Depth == 1:
                _key.Clear();
                break;
            case JsonMark.KeyByte when _json.Depth == 1:
                _key.Add(b);
                break;
            case JsonMark.ValueStart when _json.Depth == 1:
                BeginValue();
                break;
            case JsonMark.StringByte or JsonMark.Escape:
                _value?.Take(b, _isInput ? text : _other);
                break;
            case JsonMark.StringEnd:
                _value?.End(_isInput ? text : _other);
                _value = null;
                break;
        }
    }

    private void BeginValue()
    {
        _isInput = !_hasInput && _key.Span.SequenceEqual("input"u8);
        _value = _isInput || (!_hasInput && !_hasOther) ? new EscapedText() : null;
        _hasInput |= _isInput;
        _hasOther |= _value is not null && !_isInput;
    }
}
