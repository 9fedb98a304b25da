using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// A block of calls in JSON: {"name":"f","arguments":{"a":1}}, with the arguments as an object or as a text, alone, in a list, in {"tool_calls":[…]} or in OpenAI's own shape.
/// </summary>
/// <param name="closer">The end tag that is awaited.</param>
/// <param name="bare">Whether no tag said that this is a call, so that its first keys must.</param>
/// <param name="mayBegin">Whether a bare object may begin with the name of a tool, and not only with a list of calls.</param>
internal sealed class CallJson(CallOutput output, byte[] closer, bool bare, bool mayBegin) : CallBlock(output)
{
    private enum Role { Call, Function, List, Other }

    private readonly StrictJson _json = new();
    private readonly List<Role> _roles = [];
    private readonly Bytes _key = new();
    private readonly Bytes _text = new();
    private readonly Bytes _raw = new();
    private int _keys;
    private int _read;
    private bool _isWrapper;
    private bool _inName;
    private string? _name;
    private DeclaredTool? _tool;
    private bool _begun;
    private ArgumentStream? _arguments;
    private EscapedText? _escapes;
    private bool _argumentsEnded;
    private byte[]? _refused;

    /// <summary>Where in the block the first of the listed calls begins; 0: there is no list of calls.</summary>
    public int ListedFrom { get; private set; }

    /// <summary>Where the last whole one of them ends.</summary>
    public int ListedTo { get; private set; }

    /// <summary>Whether its last bracket has come.</summary>
    public bool IsClosed => _json.IsComplete;

    public override bool IsMarked => _begun && !_argumentsEnded && _arguments is { MarkedAt: >= 0 };

    public override BlockProgress Accept(byte b)
    {
        _read++;
        // A text of arguments that ends before its JSON does has inner quotes without escapes.
        if (_escapes is not null && b == '"' && _json.Mark != JsonMark.Escape && _begun && !_arguments!.IsComplete)
            return BlockProgress.Refused;
        if (!_json.Accept(b))
            return BlockProgress.Refused;
        if (!_begun && _roles.Count > 0)
            _raw.Add(b);
        if (_arguments is not null && !_argumentsEnded)
            return TakeArguments(b) ? BlockProgress.More : BlockProgress.Refused;
        if (_inName)
            return TakeName(b) ? BlockProgress.More : BlockProgress.NoCall;

        switch (_json.Mark)
        {
            case JsonMark.Open:
                Open(b);
                break;
            case JsonMark.Close:
                Close();
                return _json.IsComplete ? BlockProgress.Complete : BlockProgress.More;
            case JsonMark.KeyStart:
                _key.Clear();
                break;
            case JsonMark.KeyByte or JsonMark.Escape:
                _key.Add(b);
                break;
            case JsonMark.KeyEnd:
                return KeyFits() ? BlockProgress.More : BlockProgress.NoCall;
            case JsonMark.ValueStart when InCall && !_begun && CallReading.IsName(_key.Span):
                _inName = true;
                _text.Clear();
                break;
            case JsonMark.ValueStart when InCall && _arguments is null && CallReading.IsArguments(_key.Span):
                _escapes = new EscapedText();
                _arguments = new ArgumentStream(closer);
                break;
        }
        return BlockProgress.More;
    }

    public override bool? MayBeMended(ReadOnlySpan<byte> begin, ReadOnlySpan<byte> rest) =>
        !bare || HasCalled || _isWrapper || _keys > 0 ? true : FirstKey.IsOfCall(begin, rest, mayBegin);

    /// <summary>Whether there is nothing but one object whose look alone says that it is a call.</summary>
    private bool IsSingle => bare && !_isWrapper && (_roles.Count == 0 || _roles[0] != Role.List);

    private bool InCall => _roles.Count > 0 && _roles[^1] is Role.Call or Role.Function;

    private bool InValueOfKey => _roles.Count > 0 && _roles[^1] is not Role.List;

    private void Open(byte b)
    {
        var role = Role.Other;
        if (_roles.Count == 0)
            role = b == '{' ? Role.Call : Role.List;
        else if (_roles[^1] == Role.List)
            role = b == '{' ? Role.Call : Role.Other;
        else if (InCall && CallReading.IsList(_key.Span))
            role = b == '{' ? Role.Call : Role.List;
        else if (InCall && b == '{' && _key.Span.SequenceEqual("function"u8))
            role = Role.Function;

        if (InCall && InValueOfKey && role is Role.Call or Role.List && _roles.Count > 0 && _roles[^1] == Role.Call)
            _isWrapper = true;
        if (role == Role.Call)
            BeginObject(b);
        if (role == Role.Call && _isWrapper && ListedFrom == 0)
            ListedFrom = _read - 1;
        if (InCall && b == '{' && role == Role.Other && _arguments is null && CallReading.IsArguments(_key.Span))
        {
            _arguments = new ArgumentStream(closer);
            TakeArguments(b);
            return;
        }
        _roles.Add(role);
    }

    private void BeginObject(byte b)
    {
        (_name, _tool, _begun, _keys) = (null, null, false, 0);
        (_arguments, _escapes, _argumentsEnded) = (null, null, false);
        _raw.Clear();
        _raw.Add(b);
    }

    private void Close()
    {
        var role = _roles[^1];
        _roles.RemoveAt(_roles.Count - 1);
        if (role != Role.Call || (_isWrapper && _roles.Count == 0))
            return;
        ListedTo = _read;
        EndObject();
    }

    private bool KeyFits()
    {
        if (!bare || !InCall)
            return true;
        _keys++;
        return (_roles.Count, _keys) switch
        {
            (1, 1) => CallReading.IsList(_key.Span) || mayBegin && _key.Span.SequenceEqual("name"u8),
            (1, 2) => _isWrapper || CallReading.IsArguments(_key.Span),
            (2, 1) => _roles[0] != Role.List || CallReading.IsName(_key.Span) || _key.Span.SequenceEqual("id"u8) || _key.Span.SequenceEqual("type"u8),
            _ => true,
        };
    }

    private bool TakeName(byte b)
    {
        if (_json.Mark != JsonMark.StringEnd)
        {
            _text.Add(b);
            return true;
        }
        _inName = false;
        var name = new Bytes();
        var escapes = new EscapedText();
        foreach (var raw in _text.Span)
            escapes.Take(raw, name);
        escapes.End(name);
        _name ??= Encoding.UTF8.GetString(name.Span);
        _tool ??= Output.Tools.Find(_name);
        PassOn();
        return _tool is not null || !bare || _roles.Count != 1;
    }

    /// <returns>False: refused.</returns>
    private bool TakeArguments(byte b)
    {
        if (_escapes is null)
        {
            if (!_arguments!.Accept(b))
                return false;
            _argumentsEnded = _arguments.IsComplete;
            PassOn();
            return true;
        }

        if (_json.Mark == JsonMark.StringEnd)
        {
            _argumentsEnded = _arguments!.IsComplete;
            if (!_argumentsEnded)
                (_arguments, _escapes) = (null, null);
            return true;
        }
        _text.Clear();
        _escapes.Take(b, _text);
        for (var i = 0; i < _text.Length; i++)
        {
            var plain = _text[i];
            if (_arguments!.IsComplete || _arguments.Open.Count == 0 && StrictJson.IsSpace(plain) || _arguments.Accept(plain))
                continue;
            if (_begun)
            {
                _refused = _text.Span[i..].ToArray();
                return false;
            }
            // Not yet sent: the whole object is read at its end.
            (_arguments, _escapes) = (null, null);
            return true;
        }
        PassOn();
        return true;
    }

    /// <summary>Begins the call once its tool and its first argument byte are known, and sends what is sure.</summary>
    private void PassOn()
    {
        if (_tool is null || _arguments is null || _arguments.Released.Length == 0)
            return;
        if (!_begun)
        {
            // Arguments that were whole before their tool was known: the object is read at its end, where they can be mended.
            if (_argumentsEnded)
                return;
            _begun = true;
            Called();
            Output.Begin(_tool);
        }
        Output.Arguments(_arguments.Released.Span);
        _arguments.Released.Clear();
    }

    private void EndObject()
    {
        if (_begun)
        {
            Output.End();
            _begun = false;
            _raw.Clear();
            return;
        }

        if (bare && _roles.Count == 0 && _keys < 2)
            return;
        foreach (var call in CallReading.Read(_raw.Span))
        {
            if (Output.Tools.Find(call.Name) is { } tool && CallReading.ArgumentsOf(call, tool) is { } arguments)
                Emit(tool, arguments);
            else
                NoCall(call.Raw);
        }
        _raw.Clear();
    }

    public override bool Mend(ReadOnlySpan<byte> rest, bool whole)
    {
        if (!_begun)
        {
            _raw.Add(rest);
            MendCalls(_raw.Span, whole, IsSingle);
            return HasCalled;
        }
        if (_arguments!.IsComplete)
        {
            Output.End();
            MendCalls(rest, whole);
            return true;
        }

        var inner = new Bytes();
        inner.Add(_arguments.MarkedAt >= 0 ? _arguments.Held[.._arguments.MarkedAt] : _arguments.Held);
        var behind = _arguments.MarkedAt >= 0 ? [] : AddRest(inner, rest);
        var json = new Bytes();
        var repair = new JsonRepair(inner.Span, json, whole, quoted: _escapes is not null);
        var used = repair.Complete(_arguments.Open, _arguments.IsInString, _arguments.IsAfterValue);
        Visited += repair.Visited;
        Output.Arguments(json.Span);
        Output.End();
        if (behind.IsEmpty)
            behind = inner.Span[used..];
        MendCalls(behind, whole);
        return true;
    }

    /// <summary>Adds the rest, without its escapes where it has them, and answers what stands behind the text of arguments.</summary>
    private ReadOnlySpan<byte> AddRest(Bytes inner, ReadOnlySpan<byte> rest)
    {
        if (_refused is not null)
        {
            inner.Add(_refused);
            rest = rest.IsEmpty ? rest : rest[1..];
        }
        var quote = rest.IndexOf((byte)'"');
        if (_escapes is null || quote <= 0 || rest[quote - 1] != '\\')
        {
            inner.Add(rest);
            return [];
        }
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '"' && (i == 0 || rest[i - 1] != '\\'))
                return rest[(i + 1)..];
            _escapes.Take(rest[i], inner);
        }
        return [];
    }
}
