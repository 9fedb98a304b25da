using System.Security.Cryptography;
using Google.Protobuf;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Makes events of what the parser finds: text, and calls whose arguments are passed on as they come or, for a client that reads no stream, once they are checked.</summary>
internal sealed class CallOutput
{
    private readonly ToolSet _tools;
    private readonly bool _whole;
    private readonly Queue<ChatEvent> _events = new();
    private readonly Bytes _text = new();
    private readonly TagStrip _said;
    private readonly Bytes _arguments = new();
    private readonly Bytes _all = new(isPooled: true);
    private DeclaredTool? _tool;
    private FreeText? _free;
    private bool _isAtOnce;
    private bool _dropped;

    /// <param name="whole">Whether arguments wait for their end, so that they can still be mended by their schema.</param>
    public CallOutput(ToolSet tools, bool whole)
    {
        _tools = tools;
        _whole = whole;
        _said = new TagStrip(_text);
    }

    public ToolSet Tools => _tools;

    /// <summary>Whether text without angle brackets may pass by.</summary>
    public bool IsIdle => _said.IsIdle;

    /// <summary>Calls begun and not dropped.</summary>
    public int Calls { get; private set; }

    public bool TryTake(out ChatEvent chatEvent) => _events.TryDequeue(out chatEvent!);

    /// <summary>Text, out of which the tags of calls are taken.</summary>
    public void Say(ReadOnlySpan<byte> text) => _said.Take(text);

    /// <summary>A call begins. Where only one is allowed, later ones leave no trace.</summary>
    public void Begin(DeclaredTool tool)
    {
        _said.End();
        _tool = tool;
        _dropped = _tools.OnlyOne && Calls > 0;
        if (_dropped)
            return;
        Flush();
        _free = tool.IsFree ? new FreeText() : null;
        var id = "call_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        _events.Enqueue(new ChatEvent { Tool = new ToolDelta { Index = Calls++, Id = id, Name = tool.Name, Custom = tool.IsCustom } });
    }

    /// <summary>A call whose arguments come all at once: as none of them was sent, they can be mended by their schema.</summary>
    public void Emit(DeclaredTool tool, ReadOnlySpan<byte> arguments)
    {
        Begin(tool);
        _isAtOnce = true;
        Arguments(arguments);
        End();
        _isAtOnce = false;
    }

    private bool MayMend => _whole || _isAtOnce;

    /// <summary>More of the arguments of the call that has begun.</summary>
    public void Arguments(ReadOnlySpan<byte> json)
    {
        if (_dropped)
            return;
        if (_free is not null)
        {
            _free.Take(json, _arguments);
            return;
        }
        if (_tool!.Schema is not null || MayMend)
            _all.Add(json);
        if (!MayMend)
            _arguments.Add(json);
    }

    /// <summary>The call is whole.</summary>
    public void End()
    {
        if (!_dropped && _free is not null)
        {
            _free.End(_arguments);
            Flush();
        }
        else if (!_dropped)
        {
            var check = ArgumentSchema.Check(_tool!, _all.Span, MayMend);
            if (MayMend)
                _arguments.Add(check.Mended ?? _all.Span);
            Flush();
            if (check.Note is { } note)
                _events.Enqueue(new ChatEvent { Remark = new Remark { Text = note } });
        }
        _all.Release();
        _tool = null;
    }

    /// <summary>Makes events of all that was said: something else stands at this place.</summary>
    public void Interrupt()
    {
        _said.Release();
        Flush();
    }

    /// <summary>Makes events of all that was said: the answer is over.</summary>
    public void Close()
    {
        _said.End();
        Flush();
    }

    /// <summary>Makes events of what has come so far.</summary>
    public void Flush()
    {
        if (_text.Length > 0)
            _events.Enqueue(new ChatEvent { Text = ByteString.CopyFrom(_text.Span) });
        if (_arguments.Length > 0)
            _events.Enqueue(new ChatEvent { Tool = new ToolDelta { Index = Calls - 1, Arguments = ByteString.CopyFrom(_arguments.Span), Custom = _tool is { IsCustom: true } } });
        _text.Clear();
        _arguments.Clear();
    }
}
