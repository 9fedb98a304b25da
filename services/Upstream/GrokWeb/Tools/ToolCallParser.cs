namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// Finds calls in an answer's text while it arrives: Let me see.&lt;tool_call&gt;{"name":"f","arguments":{"a":1}}&lt;/tool_call&gt;. Every decision is made byte by byte, so the result
/// is the same however the text is cut. What is no call comes out as it was
/// written, without the tags of calls.
/// </summary>
internal sealed partial class ToolCallParser(CallOutput output)
{
    private const int FreeRescan = 64 * 1024;

    private enum Where { Text, Tag, Fence, Gap, Word, Block, Held, After }

    private readonly Bytes _space = new();
    private readonly Bytes _pending = new();
    private readonly Bytes _tag = new();
    private readonly Bytes _held = new();
    private readonly Bytes _behindMark = new();
    private readonly Stack<(byte[] Bytes, int At)> _again = new();
    private Where _where = Where.Text;
    private Where _tagFrom = Where.Text;
    private CallBlock? _block;
    private byte[] _closer = [];
    private bool _lineStart = true;
    private bool _pendingAtLineStart;
    private bool _hasText;
    private bool _hasCall;
    private bool _isInTag;
    private bool _isFenced;
    private bool _isInStrayTag;
    private bool _isInCode;
    private bool _isDoubtful;
    private int _codeTicks;
    private int _spaceAtCall;
    private int _ticks;
    private int _wordBegin;
    private int _blockAt;
    private long _fed;
    private long _rescanned;

    /// <summary>Bytes visited so far, those that were looked at again included.</summary>
    public long Visited { get; private set; }

    /// <summary>Whether this piece is text that can pass as it is.</summary>
    public bool PassesThrough(ReadOnlySpan<byte> piece)
    {
        if (_where != Where.Text || !output.IsIdle || _space.Length > 0 || piece.IsEmpty || StrictJson.IsSpace(piece[^1]) || piece.IndexOfAny("<{`"u8) >= 0)
            return false;
        (_hasText, _lineStart, _codeTicks) = (true, false, 0);
        Visited += piece.Length;
        _fed += piece.Length;
        return true;
    }

    /// <summary>Something other than text comes now: what is held as a possible call becomes text before it. False: a call is being read, in which it has no place.</summary>
    public bool Interrupt()
    {
        var hasPlace = _block is not { HasCalled: true };
        if (hasPlace)
        {
            LetGo();
            SaySpace();
            (_hasText, _lineStart) = (true, false);
        }
        output.Interrupt();
        return hasPlace;
    }

    private void LetGo()
    {
        if (_where == Where.After && _ticks > 0)
            EndTicks();
        switch (_where)
        {
            case Where.Text:
                break;
            case Where.After:
                _where = Where.Text;
                break;
            // Tags are never told, so they can wait for their call.
            case Where.Gap when _isInTag && !_isFenced && IsEmptyBlock():
            case Where.Tag when _tagFrom == Where.After && _tag.Span.StartsWith("</"u8):
                break;
            default:
                GiveUp(_where switch { Where.Tag => _tag.Take(), Where.Held => _held.Take(), _ => [] });
                _behindMark.Clear();
                _tag.Clear();
                break;
        }
    }

    public void Feed(ReadOnlySpan<byte> piece)
    {
        _fed += piece.Length;
        var at = 0;
        while (at < piece.Length)
        {
            if (_where == Where.Text)
            {
                var run = piece[at..].IndexOfAny("<{`"u8);
                var plain = run < 0 ? piece.Length - at : run;
                Plain(piece.Slice(at, plain));
                at += plain;
                if (run < 0)
                    break;
            }
            Step(piece[at++]);
            StepAgain();
        }
        output.Flush();
    }

    /// <summary>The answer has ended: what is held becomes a call if it can, else text.</summary>
    public void End()
    {
        while (_where is not (Where.Text or Where.After))
        {
            EndState();
            StepAgain();
        }
        if (_where == Where.Text && _space.Length > 0)
            output.Say(_space.Span);
        output.Close();
    }

    private void StepAgain()
    {
        while (_again.TryPop(out var segment))
        {
            if (segment.At + 1 < segment.Bytes.Length)
                _again.Push((segment.Bytes, segment.At + 1));
            Step(segment.Bytes[segment.At]);
        }
    }

    /// <summary>Has these bytes read next, as if they came now. Beyond a budget they are text, which keeps the work linear.</summary>
    private void ReadAgain(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        _rescanned += bytes.Length;
        if (_rescanned <= FreeRescan + _fed)
            _again.Push((bytes.ToArray(), 0));
        else
            SayAsText(bytes);
    }

    private void Step(byte b)
    {
        Visited++;
        Take(b);
    }

    private void Take(byte b)
    {
        switch (_where)
        {
            case Where.Text:
                TakeText(b);
                break;
            case Where.Tag:
                TakeTag(b);
                break;
            case Where.Fence:
                TakeFence(b);
                break;
            case Where.Gap:
                TakeGap(b);
                break;
            case Where.Word:
                TakeWord(b);
                break;
            case Where.Block:
                TakeBlock(b);
                break;
            case Where.Held:
                TakeHeld(b);
                break;
            case Where.After:
                TakeAfter(b);
                break;
        }
    }

    /// <summary>A run of text without any byte that could begin a call.</summary>
    private void Plain(ReadOnlySpan<byte> run)
    {
        Visited += run.Length;
        if (run.Length > 0)
            _codeTicks = 0;
        var body = run.TrimEnd(" \t\r\n"u8);
        if (!body.IsEmpty)
        {
            SaySpace();
            output.Say(body);
            (_hasText, _lineStart) = (true, false);
        }
        var space = run[body.Length..];
        _space.Add(space);
        _lineStart |= space.Contains((byte)'\n');
    }

    private void PlainByte(byte b) => Plain([b]);

    /// <summary>Blanks between two texts stay; before, between and after calls they are layout.</summary>
    private void SaySpace()
    {
        if (_hasText || !_hasCall)
            output.Say(_space.Span);
        _space.Clear();
    }

    private void TakeText(byte b)
    {
        switch (b)
        {
            case (byte)'<':
                BeginPending();
                BeginTag(b, Where.Text);
                break;
            case (byte)'{':
                BeginPending();
                BeginBare(b);
                break;
            case (byte)'`' when _isInCode:
                TakeCodeTick();
                break;
            case (byte)'`' when _lineStart:
                BeginPending();
                BeginFence(b);
                break;
            default:
                PlainByte(b);
                break;
        }
    }

    /// <summary>In a code block of the text only three ticks at the beginning of a line count: they end it.</summary>
    private void TakeCodeTick()
    {
        var ticks = _lineStart ? 1 : _codeTicks > 0 ? _codeTicks + 1 : 0;
        PlainByte((byte)'`');
        _isInCode = ticks < 3;
        _codeTicks = _isInCode ? ticks : 0;
    }

    private void BeginPending()
    {
        _pending.Clear();
        _pendingAtLineStart = _lineStart;
        _isInTag = false;
        _isFenced &= _where == Where.After || _tagFrom == Where.After && _where == Where.Tag;
    }

    /// <summary>What was held as a possible call is text.</summary>
    private void GiveUp(ReadOnlySpan<byte> more)
    {
        _where = Where.Text;
        var json = _block as CallJson;
        _block = null;
        (_isInTag, _isFenced) = (false, false);
        _pending.Add(more);
        _isInCode |= _pending.Span.StartsWith("```"u8);
        SayAsText(WithoutList(_pending.Span, json));
        _pending.Clear();
    }

    /// <summary>Of {"tool_calls":[{"name":"nobody"}]} the calls alone, where there is nothing else in it, and of one that is cut off what there is of them.</summary>
    private ReadOnlySpan<byte> WithoutList(ReadOnlySpan<byte> text, CallJson? json)
    {
        if (json is not { ListedFrom: > 0 } || _blockAt + json.ListedFrom > text.Length)
            return text;
        var listed = text[(_blockAt + json.ListedFrom)..];
        var length = json.ListedTo - json.ListedFrom;
        if (length <= 0 || !json.IsClosed)
            return listed;
        return listed[length..].Trim(" \t\r\n]}"u8).IsEmpty ? listed[..length] : text;
    }

    private void SayAsText(ReadOnlySpan<byte> bytes)
    {
        _where = Where.Text;
        Plain(bytes);
    }

    /// <summary>A call is over; what layout follows it leaves no trace.</summary>
    private void EndCall()
    {
        (_hasCall, _lineStart) = (true, true);
        _spaceAtCall = _space.Length;
        _block = null;
        _pending.Clear();
        _ticks = 0;
        _where = Where.After;
    }

    private void EndState()
    {
        switch (_where)
        {
            case Where.Tag when _tagFrom == Where.After && CallTags.Kind(_tag.Span) == TagKind.Unfinished:
                _where = Where.After;
                break;
            case Where.Tag or Where.Gap when _isInTag && _pendingAtLineStart && IsEmptyBlock():
                _pending.Clear();
                _where = Where.After;
                break;
            case Where.Block:
                Mend(_block!.IsMarked ? [] : _held.Span, whole: _block.IsMarked, _behindMark.Take());
                break;
            case Where.Held:
                Mend(_held.Span, whole: false, []);
                break;
            default:
                GiveUp(_where == Where.Tag ? _tag.Take() : []);
                break;
        }
    }

    /// <summary>Whether nothing but tags is pending: a call was announced and never came.</summary>
    private bool IsEmptyBlock() => _pending.Span.TrimEnd(" \t\r\n"u8) is [.., (byte)'>'];

    /// <summary>Lets the block end as well as it can; what follows it is read afterwards.</summary>
    private void Mend(ReadOnlySpan<byte> rest, bool whole, ReadOnlySpan<byte> next)
    {
        var block = _block!;
        var isCall = block.Mend(rest, whole);
        Visited += block.Visited + rest.Length;
        if (!isCall)
        {
            var text = rest.ToArray();
            _held.Clear();
            GiveUp(text);
            ReadAgain(next);
            return;
        }

        EndCall();
        _held.Clear();
        ReadAgain(next);
        if (!_isInTag && block.Behind.AsSpan().TrimStart(" \t\r\n}],;`"u8) is { IsEmpty: false } behind)
            ReadAgain(behind);
    }
}
