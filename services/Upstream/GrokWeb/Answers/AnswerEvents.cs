using System.IO.Hashing;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Cards;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>Turns the objects of one answer into events: routes tokens by tag and thinking, adds the final message's missing suffix, notices errors.</summary>
internal sealed class AnswerEvents
{
    private readonly Queue<AnswerPiece> _pieces = new();
    private readonly AnswerChannel _text;
    private readonly AnswerChannel _reasoning;
    private readonly AnswerShow _show;
    private readonly TokenText _message = new();
    private readonly XxHash3 _said = new();
    private long _saidBytes;
    private bool _hasContent;
    private RolloutName _rollout = new();

    public AnswerEvents(AnswerRules rules)
    {
        _text = new AnswerChannel(rules, Say, element => Take(element, _text!, isText: true), (address, alt) => _show!.Inline(address, alt));
        _reasoning = new AnswerChannel(rules, Think, element => Take(element, _reasoning!, isText: false), (_, alt) => Think(System.Text.Encoding.UTF8.GetBytes(alt)));
        _show = new AnswerShow(rules.Media, _text, _pieces);
    }

    /// <summary>Why the answer is none, or not whole.</summary>
    public Refusal? Refusal { get; private set; }

    public bool TryTake(out AnswerPiece piece) => _pieces.TryDequeue(out piece);

    public void Take(AnswerFields fields)
    {
        if (fields.Error is { } error)
        {
            Refusal = error.ToRefusal();
            return;
        }

        _rollout.Note(fields.Rollout);
        _show.Note(fields.Extras);
        if (!fields.Token.Bytes.IsEmpty)
            TakeToken(fields);
        if (!fields.Message.Bytes.IsEmpty)
            TakeMessage(fields.Message);
        _show.ShowPictures(fields.Extras);
    }

    /// <summary>The upstream's answer has ended.</summary>
    public void End()
    {
        _reasoning.Write(_reasoning.FlushTokens());
        _reasoning.End();
        SayRaw(_text.FlushTokens());
        _text.End();
        _show.ShowUnshown();
        if (_hasContent || _show.HasContent)
            _show.TellSources();
        else
            Refusal ??= _show.HasModerated ? Refusal.Policy : Refusal.EmptyAnswer;
    }

    private void TakeToken(AnswerFields fields)
    {
        if (fields.IsThinking)
            _reasoning.Write(_reasoning.Decode(fields.Token));
        else if (fields.Tag == MessageTag.Final)
            SayRaw(_text.Decode(fields.Token));
        else if (fields.Tag == MessageTag.ToolUsageCard)
            _text.Write(_text.Decode(fields.Token));
    }

    /// <summary>The final message repeats the whole text: only what its tokens fell short of is new. A text that differs adds nothing.</summary>
    private void TakeMessage(RawText raw)
    {
        _hasContent = true;
        var message = _message.Decode(raw);
        if (message.Length <= _saidBytes || XxHash3.HashToUInt64(message[..(int)_saidBytes]) != _said.GetCurrentHashAsUInt64())
            return;

        _text.FlushTokens();
        SayRaw(message[(int)_saidBytes..]);
    }

    /// <summary>Text as the upstream wrote it, tags and all: the final message is compared with it.</summary>
    private void SayRaw(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        if (_saidBytes == 0)
            _reasoning.Release();
        _hasContent = true;
        _said.Append(text);
        _saidBytes += text.Length;
        _text.Write(text);
    }

    private void Say(ReadOnlySpan<byte> text)
    {
        _show.TextCame();
        _pieces.Enqueue(new AnswerPiece(new ChatEvent { Text = ByteString.CopyFrom(text) }, null));
    }

    private void Think(ReadOnlySpan<byte> text) => _pieces.Enqueue(new AnswerPiece(new ChatEvent { Reasoning = ByteString.CopyFrom(text) }, null));

    private void Take(Element element, AnswerChannel channel, bool isText)
    {
        if (element.Name == ToolNote.TagName && ToolNote.Of(element, _rollout.Name) is { Length: > 0 } note)
            channel.WriteLine(note);
        else if (isText && element.Name == AnswerShow.TagName)
            _show.Render(element);
    }

    /// <summary>The agent that speaks in the current object; most objects name none, or the one before.</summary>
    private struct RolloutName()
    {
        private byte[] _raw = [];

        public string Name { get; private set; } = "";

        public void Note(RawText raw)
        {
            if (raw.Bytes.SequenceEqual(_raw))
                return;
            _raw = raw.Bytes.ToArray();
            Name = System.Text.Encoding.UTF8.GetString(new TokenText().Decode(raw));
        }
    }
}
