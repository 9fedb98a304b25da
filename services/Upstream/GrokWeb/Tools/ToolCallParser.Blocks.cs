using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <content>From the first byte that may begin a call to what follows its end.</content>
internal sealed partial class ToolCallParser
{
    private const int MostFenceBytes = 40;

    private void BeginTag(byte b, Where from)
    {
        (_where, _tagFrom) = (Where.Tag, from);
        _tag.Clear();
        _tag.Add(b);
    }

    private void TakeTag(byte b)
    {
        _tag.Add(b);
        switch (CallTags.Kind(_tag.Span))
        {
            case TagKind.Unfinished:
                break;
            case TagKind.Opener:
                Opened(_tag.Take());
                break;
            case TagKind.Closer:
                Closed(_tag.Take());
                break;
            case TagKind.Empty when CallTags.Named(_tag.Span) is { } named && output.Tools.Find(named) is { } tool:
                CallWithoutArguments(tool);
                break;
            default:
                NoTag(_tag.Take());
                break;
        }
    }

    /// <summary>&lt;invoke name="ping"/&gt;</summary>
    private void CallWithoutArguments(DeclaredTool tool)
    {
        _tag.Clear();
        output.Begin(tool);
        output.Arguments("{}"u8);
        output.End();
        EndCall();
    }

    private void Opened(byte[] tag)
    {
        if (_tagFrom == Where.After)
            BeginPending();
        _pending.Add(tag);
        var name = CallTags.NameOf(tag);
        _closer = Encoding.UTF8.GetBytes($"</{name}>");
        if (CallTags.Named(tag) is { } named)
        {
            if (output.Tools.Find(named) is { } tool)
                Begin(new CallXml(output, tool, _closer), inTag: true);
            else
                GiveUp([]);
            return;
        }
        if (name.EndsWith("invoke", StringComparison.Ordinal) || (tag.AsSpan().IndexOfAny(" \t\r\n"u8) >= 0 && !tag.AsSpan().Contains((byte)'=')))
        {
            GiveUp([]);
            return;
        }
        _isInTag = true;
        _where = Where.Gap;
    }

    private void Closed(byte[] tag)
    {
        switch (_tagFrom)
        {
            case Where.After:
                _isInTag = false;
                _space.Cut(_spaceAtCall);
                _where = Where.After;
                break;
            case Where.Gap when _isInTag && _pendingAtLineStart && IsEmptyBlock():
                _pending.Clear();
                _where = Where.After;
                break;
            default:
                GiveUp(tag);
                break;
        }
    }

    /// <summary>A tag that is none of a call's: an element of one, or text, of which a last bracket may begin another tag.</summary>
    private void NoTag(byte[] tag)
    {
        if (_tagFrom == Where.Gap && _isInTag)
        {
            Begin(new CallXml(output, null, _closer), inTag: true);
            ReadAgain(tag);
            return;
        }
        if (_tagFrom == Where.After && _isInTag && tag[1] == '/' && IsWord(tag[^1]))
        {
            // An end tag of an element inside the call, such as </parameters>.
            _isInStrayTag = true;
            _where = Where.After;
            return;
        }
        var text = tag.AsSpan();
        if (tag[^1] is (byte)'<' or (byte)'{' or (byte)'`')
            text = text[..^1];
        if (_tagFrom == Where.After)
            BeginPending();
        GiveUp(text);
        if (text.Length < tag.Length)
            TakeText(tag[^1]);
    }

    private void BeginFence(byte b)
    {
        _where = Where.Fence;
        _pending.Add(b);
    }

    /// <summary>``` and perhaps a word, up to the end of the line.</summary>
    private void TakeFence(byte b)
    {
        var fence = _pending.Span[(_pending.Span.LastIndexOf((byte)'\n') + 1)..];
        if (b == '\n' && fence.TrimStart(" \t"u8).StartsWith("```"u8))
        {
            _pending.Add(b);
            _isFenced = true;
            _where = Where.Gap;
        }
        else if (fence.Length < MostFenceBytes && (b is (byte)'`' or (byte)' ' or (byte)'_' or (byte)'-' or (byte)'\r' || char.IsAsciiLetterOrDigit((char)b)))
        {
            _pending.Add(b);
        }
        else
        {
            GiveUpAt(b);
        }
    }

    /// <summary>Gives up, and looks at this byte as text that may begin something.</summary>
    private void GiveUpAt(byte b)
    {
        GiveUp([]);
        TakeText(b);
    }

    /// <summary>Between a tag or fence and what it holds.</summary>
    private void TakeGap(byte b)
    {
        if (StrictJson.IsSpace(b))
            _pending.Add(b);
        else if (b == '<')
            BeginTag(b, Where.Gap);
        else if (b is (byte)'{' or (byte)'[')
            BeginJson(b);
        else if (b == '`')
            BeginFence(b);
        else if (_isInTag && IsWord(b))
            BeginWord(b);
        else
            GiveUpAt(b);
    }

    private void BeginWord(byte b)
    {
        _wordBegin = _pending.Length;
        _pending.Add(b);
        _where = Where.Word;
    }

    /// <summary>A word in a tag: the name of a tool before its arguments, or the language of a fence that lost its ticks.</summary>
    private void TakeWord(byte b)
    {
        if (IsWord(b))
        {
            _pending.Add(b);
            return;
        }
        var word = Encoding.UTF8.GetString(_pending.Span[_wordBegin..]);
        if (word == "json" && StrictJson.IsSpace(b))
        {
            _pending.Add(b);
            _where = Where.Gap;
        }
        else if (output.Tools.Find(word) is { } tool && (StrictJson.IsSpace(b) || b is (byte)'(' or (byte)'{' or (byte)':' or (byte)'<'))
        {
            Begin(new CallXml(output, tool, _closer), inTag: true);
            TakeBlock(b);
        }
        else
        {
            GiveUpAt(b);
        }
    }

    private void BeginBare(byte b)
    {
        Begin(new CallJson(output, [0], bare: true, mayBegin: (_lineStart && !_isInCode) || _where == Where.After), inTag: false);
        TakeBlock(b);
    }

    private void BeginJson(byte b)
    {
        Begin(_isInTag ? new CallJson(output, _closer, bare: false, mayBegin: true) : new CallJson(output, [0], bare: true, mayBegin: true), _isInTag);
        TakeBlock(b);
    }

    private void Begin(CallBlock block, bool inTag)
    {
        (_block, _blockAt) = (block, _pending.Length);
        _isInTag = inTag;
        _where = Where.Block;
        _held.Clear();
        _behindMark.Clear();
    }

    private void TakeBlock(byte b)
    {
        var block = _block!;
        var wasMarked = block.IsMarked;
        var progress = block.Accept(b);
        if (block.HasCalled)
            _pending.Clear();
        switch (progress)
        {
            case BlockProgress.Complete when block.HasCalled:
                if (block is CallXml)
                    _isInTag = false;
                EndCall();
                break;
            case BlockProgress.Complete:
            case BlockProgress.NoCall:
                GiveUp([b]);
                break;
            case BlockProgress.Refused when wasMarked:
                _behindMark.Add(b);
                _isInTag = false;
                Mend([], whole: true, _behindMark.Take());
                break;
            case BlockProgress.Refused:
                (_where, _isDoubtful) = (Where.Held, !block.HasCalled);
                _tag.Clear();
                TakeHeld(b);
                break;
            default:
                if (!block.HasCalled)
                    _pending.Add(b);
                if (wasMarked && block.IsMarked)
                    _behindMark.Add(b);
                else
                    _behindMark.Clear();
                break;
        }
    }

    /// <summary>Holds what follows a refusal up to the next tag of a call, or the end of the fence.</summary>
    private void TakeHeld(byte b)
    {
        _held.Add(b);
        if (_isDoubtful && Doubts())
            return;
        if (b == '`' && _isFenced && _held.Span.EndsWith("\n```"u8))
        {
            EndHeld(_held.Length - 4, [.. "\n```"u8]);
            return;
        }
        if (b == '<')
            _tag.Clear();
        else if (_tag.Length == 0)
            return;

        _tag.Add(b);
        switch (CallTags.Kind(_tag.Span))
        {
            case TagKind.Opener:
                EndHeld(_held.Length - _tag.Length, _tag.Take());
                break;
            case TagKind.Closer:
                var tag = _tag.Take();
                EndHeld(_held.Length - tag.Length, tag);
                break;
            case TagKind.None or TagKind.Empty:
                _tag.Clear();
                break;
        }
    }

    /// <summary>What nothing but a brace announced is held only as long as it begins like a call. True: it does not, and is read as text.</summary>
    private bool Doubts()
    {
        var mayBeMended = _block!.MayBeMended(_pending.Span[_blockAt..], _held.Span);
        _isDoubtful = mayBeMended is null;
        if (mayBeMended is not false)
            return false;
        var held = _held.Take();
        _tag.Clear();
        GiveUp([]);
        ReadAgain(held);
        return true;
    }

    private void EndHeld(int length, byte[] next)
    {
        var rest = _held.Span[..length].ToArray();
        Mend(rest, whole: true, next);
    }

    /// <summary>After a call: end tags, stray closers and the end of a fence leave no trace.</summary>
    private void TakeAfter(byte b)
    {
        if (b == '`')
        {
            _ticks++;
            return;
        }
        if (_ticks > 0)
            EndTicks();
        if (_where != Where.After)
        {
            Take(b);
            return;
        }
        if (_isInStrayTag)
        {
            _isInStrayTag = IsWord(b);
            if (_isInStrayTag || b == '>')
                return;
        }
        switch (b)
        {
            case (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t':
                _space.Add(b);
                _lineStart |= b == '\n';
                break;
            case (byte)'<':
                BeginTag(b, Where.After);
                break;
            case (byte)'}' or (byte)']' or (byte)',' or (byte)';':
                break;
            case (byte)'{' or (byte)'[' when _isInTag:
                _pending.Clear();
                BeginJson(b);
                break;
            case (byte)'{':
                BeginPending();
                BeginBare(b);
                break;
            default:
                _where = Where.Text;
                _lineStart = true;
                TakeText(b);
                break;
        }
    }

    /// <summary>Three ticks or more end a fence, or begin one; fewer are text.</summary>
    private void EndTicks()
    {
        var ticks = _ticks;
        _ticks = 0;
        if (ticks >= 3 && (_isFenced || _isInTag))
        {
            _isFenced = false;
            _space.Cut(_spaceAtCall);
            return;
        }
        _where = Where.Text;
        _lineStart = true;
        for (var i = 0; i < ticks; i++)
        {
            if (_where == Where.Text)
                TakeText((byte)'`');
            else
                TakeFence((byte)'`');
        }
    }

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' or (byte)'.';
}
