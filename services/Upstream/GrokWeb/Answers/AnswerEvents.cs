using System.IO.Hashing;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>Turns the objects of one answer into events: routes tokens by tag and thinking, adds the final message's missing suffix, notices errors.</summary>
internal sealed class AnswerEvents
{
    private readonly Queue<ChatEvent> _events = new();
    private readonly TokenText _text = new();
    private readonly TokenText _reasoning = new();
    private readonly TokenText _message = new();
    private readonly XxHash3 _said = new();
    private long _saidBytes;
    private bool _hasContent;

    /// <summary>Why the answer is none, or not whole.</summary>
    public Refusal? Refusal { get; private set; }

    public bool TryTake(out ChatEvent chatEvent) => _events.TryDequeue(out chatEvent!);

    public void Take(AnswerFields fields)
    {
        if (fields.Error is { } error)
        {
            Refusal = error.ToRefusal();
            return;
        }

        if (!fields.Token.Bytes.IsEmpty)
            TakeToken(fields);
        _hasContent |= fields.HasPicture;
        if (!fields.Message.Bytes.IsEmpty)
            TakeMessage(fields.Message);
    }

    /// <summary>The upstream's answer has ended.</summary>
    public void End()
    {
        Say(_text.Flush());
        Think(_reasoning.Flush());
        if (!_hasContent)
            Refusal ??= Refusal.EmptyAnswer;
    }

    private void TakeToken(AnswerFields fields)
    {
        if (fields.Tag == MessageTag.ToolUsageCard)
            return;
        if (fields.IsThinking)
            Think(_reasoning.Decode(fields.Token));
        else if (fields.Tag == MessageTag.Final)
            Say(_text.Decode(fields.Token));
    }

    /// <summary>The final message repeats the whole text: only what its tokens fell short of is new. A text that differs adds nothing.</summary>
    private void TakeMessage(RawText raw)
    {
        _hasContent = true;
        var message = _message.Decode(raw);
        if (message.Length <= _saidBytes || XxHash3.HashToUInt64(message[..(int)_saidBytes]) != _said.GetCurrentHashAsUInt64())
            return;

        _text.Flush();
        Say(message[(int)_saidBytes..]);
    }

    private void Say(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        _hasContent = true;
        _said.Append(text);
        _saidBytes += text.Length;
        _events.Enqueue(new ChatEvent { Text = ByteString.CopyFrom(text) });
    }

    private void Think(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
            _events.Enqueue(new ChatEvent { Reasoning = ByteString.CopyFrom(text) });
    }
}
