namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// Takes the tags of calls out of what became of no call: &lt;tool_call&gt; {"name":"nobody"} &lt;/tool_call&gt; says {"name":"nobody"}. A blank inside the tags is layout and goes with them.
/// Between the tags of one call the tags of its elements go too, such as &lt;parameter name="a"&gt;.
/// </summary>
internal sealed class TagStrip(Bytes text)
{
    private readonly Bytes _tag = new();
    private readonly Bytes _space = new();
    private bool _isInCall;
    private bool _isBehindOpener;

    /// <summary>Whether nothing is held or awaited, so that a text without angle brackets can pass by.</summary>
    public bool IsIdle => _tag.Length == 0 && _space.Length == 0 && !_isBehindOpener;

    public void Take(ReadOnlySpan<byte> said)
    {
        foreach (var b in said)
            Take(b);
    }

    /// <summary>Something else than text stands here: what is held as a possible tag is text.</summary>
    public void Release()
    {
        text.Add(_space.Span);
        _space.Clear();
        text.Add(_tag.Span);
        _tag.Clear();
        _isBehindOpener = false;
    }

    /// <summary>A call has begun, or the answer is over: no tag of before is open any more.</summary>
    public void End()
    {
        // Half a tag of a call at the end is no text.
        if (_tag.Length > 0 && CallTags.HasName(_tag.Span))
            _tag.Clear();
        Release();
        _isInCall = false;
    }

    private void Take(byte b)
    {
        if (_tag.Length == 0 && b != '<')
        {
            TakeText(b);
            return;
        }
        _tag.Add(b);
        var kind = CallTags.Kind(_tag.Span);
        var isElement = kind == TagKind.None && _isInCall;
        if (isElement)
            kind = CallTags.ElementKind(_tag.Span);
        if (kind == TagKind.Unfinished)
            return;
        if (kind == TagKind.None || !CallTags.IsWritten(_tag.Span))
        {
            NoTag(b);
            return;
        }
        if (!isElement && kind != TagKind.Empty)
            _isInCall = kind == TagKind.Opener;
        TakeOut(kind);
    }

    private void NoTag(byte last)
    {
        var tag = _tag.Take();
        // Its last bracket may begin another.
        var isNext = last == '<' && tag.Length > 1;
        foreach (var plain in isNext ? tag.AsSpan()[..^1] : tag)
            TakeText(plain);
        if (isNext)
            _tag.Add(last);
    }

    private void TakeOut(TagKind kind)
    {
        _tag.Clear();
        if (kind != TagKind.Closer)
            text.Add(_space.Span);
        _space.Clear();
        _isBehindOpener = kind != TagKind.Closer;
    }

    private void TakeText(byte b)
    {
        if (StrictJson.IsSpace(b))
        {
            if (!_isBehindOpener)
                _space.Add(b);
            return;
        }
        _isBehindOpener = false;
        text.Add(_space.Span);
        _space.Clear();
        text.Add(b);
    }
}
