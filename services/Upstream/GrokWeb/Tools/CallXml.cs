using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// A block of one call in elements: &lt;invoke name="f"&gt;&lt;parameter name="a"&gt;1&lt;/parameter&gt;&lt;/invoke&gt;, or
/// &lt;tool_call&gt;&lt;tool_name&gt;f&lt;/tool_name&gt;&lt;parameters&gt;{"a":1}&lt;/parameters&gt;&lt;/tool_call&gt;
/// </summary>
/// <param name="tool">Null: an element inside will name it.</param>
/// <param name="closer">The end tag of the block.</param>
internal sealed class CallXml(CallOutput output, DeclaredTool? tool, byte[] closer) : CallBlock(output)
{
    private const int MostTagBytes = 256;

    private enum At { Between, Tag, Name, Value, Json, AfterJson }

    private readonly Bytes _tag = new();
    private readonly Bytes _value = new();
    private readonly Bytes _escaped = new();
    private DeclaredTool? _tool = tool;
    private At _at = At.Between;
    private byte[] _valueCloser = [];
    private string _argument = "";
    private bool _isText;
    private bool _hasArguments;
    private bool _hasValue;
    private ArgumentStream? _json;

    public override bool IsMarked => _at == At.Json && _json is { MarkedAt: >= 0 };

    public override BlockProgress Accept(byte b) => _at switch
    {
        At.Between => AcceptBetween(b),
        At.Tag => AcceptTag(b),
        At.Json => AcceptJson(b),
        At.AfterJson => AcceptAfterJson(b),
        _ => AcceptValue(b),
    };

    private BlockProgress AcceptBetween(byte b)
    {
        if (b == '<')
        {
            _tag.Clear();
            _tag.Add(b);
            _at = At.Tag;
            return BlockProgress.More;
        }
        if (b == '{' && _tool is not null && !_hasArguments)
        {
            _json = new ArgumentStream(closer);
            _at = At.Json;
            return AcceptJson(b);
        }
        // A text without its element: of a tool that takes nothing else it can only be that.
        if (_tool is { IsFree: true } && !HasCalled && !StrictJson.IsSpace(b))
        {
            BeginValue(DeclaredTool.FreeArgument, CallTags.NameOf(closer));
            TakeText((byte)'\n');
            return AcceptValue(b);
        }
        return StrictJson.IsSpace(b) || HasCalled || (_tool is not null && b is (byte)'(' or (byte)':' or (byte)',') ? BlockProgress.More : BlockProgress.NoCall;
    }

    private BlockProgress AcceptTag(byte b)
    {
        _tag.Add(b);
        if (b != '>')
            return b == '<' || _tag.Length > MostTagBytes ? Stray() : BlockProgress.More;

        _at = At.Between;
        var tag = _tag.Span;
        if (tag.SequenceEqual(closer))
            return EndBlock();
        if (tag[1] == '/')
            return BlockProgress.More;
        var name = CallTags.NameOf(tag);
        var named = CallTags.Named(tag);
        if (named is not null && name is "function" or "invoke" or "tool")
            return Name(named);
        if (name is "parameter" or "param" or "argument" or "arg" && named is not null)
            return BeginValue(named, name);
        if (_tool is null)
            return name is "tool_name" or "name" or "function_name" ? BeginName(name) : BlockProgress.NoCall;
        return name is "parameters" or "arguments" or "args" or "input" or "tool_input" ? BlockProgress.More : BeginValue(name, name);
    }

    private BlockProgress Stray()
    {
        _at = At.Between;
        return HasCalled ? BlockProgress.More : BlockProgress.NoCall;
    }

    private BlockProgress Name(string name)
    {
        _tool = Output.Tools.Find(name);
        return _tool is null ? BlockProgress.NoCall : BlockProgress.More;
    }

    private BlockProgress BeginName(string element)
    {
        (_at, _valueCloser) = (At.Name, Encoding.UTF8.GetBytes($"</{element}>"));
        _value.Clear();
        _tag.Clear();
        return BlockProgress.More;
    }

    private BlockProgress BeginValue(string argument, string element)
    {
        if (_tool is null)
            return BlockProgress.NoCall;
        (_at, _argument, _hasValue) = (At.Value, argument, false);
        _valueCloser = Encoding.UTF8.GetBytes($"</{element}>");
        _isText = _tool.IsText(argument);
        _value.Clear();
        _tag.Clear();
        if (_isText)
            WriteKey();
        return BlockProgress.More;
    }

    /// <summary>Takes a byte of an element's text; what may be its end tag, or the block's, waits.</summary>
    private BlockProgress AcceptValue(byte b)
    {
        if (_tag.Length == 0 && b != '<')
        {
            TakeText(b);
            return BlockProgress.More;
        }
        if (b == '<' && _tag.Length > 0)
            GiveUpTag();
        _tag.Add(b);
        var tag = _tag.Span;
        if (tag.SequenceEqual(closer))
            return EndValue() == BlockProgress.NoCall ? BlockProgress.NoCall : EndBlock();
        if (tag.SequenceEqual(_valueCloser))
            return EndValue();
        if (!_valueCloser.AsSpan().StartsWith(tag) && !closer.AsSpan().StartsWith(tag))
            GiveUpTag();
        return BlockProgress.More;
    }

    private void GiveUpTag()
    {
        foreach (var b in _tag.Span)
            TakeText(b);
        _tag.Clear();
    }

    private void TakeText(byte b)
    {
        if (_at == At.Name || !_isText)
        {
            _value.Add(b);
            return;
        }

        // One line break after the start tag and one before the end tag belong to the layout.
        if (!_hasValue && _value.Length == 0 && b == '\n')
        {
            _value.Add((byte)'\n');
            _hasValue = true;
            return;
        }
        _escaped.Clear();
        if (_value.Length > 1)
        {
            JsonRepair.Escape(_escaped, (byte)'\n');
            _value.Cut(1);
        }
        _hasValue = true;
        if (b == '\n' && _value.Length == 1)
            _value.Add(b);
        else
            EscapeInto(_escaped, b);
        Output.Arguments(_escaped.Span);
    }

    private static void EscapeInto(Bytes json, byte b)
    {
        if (b == '\\')
            json.Add("\\\\"u8);
        else
            JsonRepair.Escape(json, b);
    }

    private BlockProgress EndValue()
    {
        _tag.Clear();
        if (_at == At.Name)
        {
            _at = At.Between;
            return Name(Encoding.UTF8.GetString(_value.Span).Trim());
        }
        _at = At.Between;
        if (_isText)
        {
            Output.Arguments("\""u8);
            return BlockProgress.More;
        }

        WriteKey();
        var value = _value.Span.Trim(" \t\r\n"u8);
        if (StrictJson.IsScalar(value) || IsJson(value))
            Output.Arguments(value);
        else
            Output.Arguments(Text(value).Span);
        return BlockProgress.More;
    }

    private static Bytes Text(ReadOnlySpan<byte> value)
    {
        var json = new Bytes();
        json.Add((byte)'"');
        foreach (var b in value)
            EscapeInto(json, b);
        json.Add((byte)'"');
        return json;
    }

    private static bool IsJson(ReadOnlySpan<byte> value)
    {
        var json = new StrictJson();
        foreach (var b in value)
        {
            if (!json.Accept(b))
                return false;
        }
        return json.IsComplete;
    }

    private void WriteKey()
    {
        if (!HasCalled)
            Output.Begin(_tool!);
        Called();
        Output.Arguments(_hasArguments ? ","u8 : "{"u8);
        _hasArguments = true;
        Output.Arguments(Text(Encoding.UTF8.GetBytes(_argument)).Span);
        Output.Arguments(_isText ? ":\""u8 : ":"u8);
    }

    private BlockProgress EndBlock()
    {
        if (_tool is null)
            return BlockProgress.NoCall;
        if (!HasCalled)
            Output.Begin(_tool);
        Called();
        if (_json is null)
            Output.Arguments(_hasArguments ? "}"u8 : "{}"u8);
        Output.End();
        return BlockProgress.Complete;
    }

    private BlockProgress AcceptJson(byte b)
    {
        if (!_json!.Accept(b))
            return BlockProgress.Refused;
        PassOn();
        if (_json.IsComplete)
            _at = At.AfterJson;
        return BlockProgress.More;
    }

    /// <summary>Behind whole arguments only the end tag counts.</summary>
    private BlockProgress AcceptAfterJson(byte b)
    {
        if (b == '<')
            _tag.Clear();
        _tag.Add(b);
        return _tag.Span.SequenceEqual(closer) ? EndBlock() : BlockProgress.More;
    }

    private void PassOn()
    {
        if (_json!.Released.Length == 0)
            return;
        if (!HasCalled)
            Output.Begin(_tool!);
        Called();
        _hasArguments = true;
        Output.Arguments(_json.Released.Span);
        _json.Released.Clear();
    }

    public override bool Mend(ReadOnlySpan<byte> rest, bool whole)
    {
        if (!HasCalled)
            return false;
        if (_at == At.Value)
        {
            // Half an end tag is no text.
            _tag.Clear();
            EndValue();
        }
        if (_json is { IsComplete: false })
            MendJson(rest, whole);
        EndBlock();
        return true;
    }

    private void MendJson(ReadOnlySpan<byte> rest, bool whole)
    {
        var text = new Bytes();
        text.Add(_json!.MarkedAt >= 0 ? _json.Held[.._json.MarkedAt] : _json.Held);
        if (_json.MarkedAt < 0)
            text.Add(rest);
        var inside = WithoutEndTag(text.Span);
        var mended = new Bytes();
        var repair = new JsonRepair(inside, mended, whole || inside.Length < text.Length, quoted: false);
        repair.Complete(_json.Open, _json.IsInString, _json.IsAfterValue);
        Visited += repair.Visited;
        Output.Arguments(mended.Span);
    }

    private static ReadOnlySpan<byte> WithoutEndTag(ReadOnlySpan<byte> text)
    {
        var trimmed = text.TrimEnd(" \t\r\n"u8);
        var tag = trimmed.LastIndexOf("</"u8);
        return tag >= 0 && trimmed[^1] == '>' && !trimmed[(tag + 2)..^1].ContainsAny(" \"'<>"u8) ? trimmed[..tag] : text;
    }
}
