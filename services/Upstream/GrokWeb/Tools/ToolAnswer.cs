using System.Runtime.CompilerServices;
using System.Text;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>An answer whose calls are read out of its text. Where a call is demanded nothing is passed on before one is sure.</summary>
internal sealed class ToolAnswer : ChatAnswer
{
    // What a model writes before a call is far less; this keeps a runaway from filling the memory.
    private const int MostHeld = 8 * 1024 * 1024;

    private readonly ChatAnswer _answer;
    private readonly CallOutput _output;
    private readonly ToolCallParser _parser;
    private readonly IAsyncEnumerator<ChatEvent> _events;
    private readonly Queue<ChatEvent> _ready = new();
    private bool _ended;
    private long _taken;

    public ToolAnswer(ChatAnswer answer, ToolSet tools, bool whole, CancellationToken cancellationToken)
    {
        _answer = answer;
        _output = new CallOutput(tools, whole);
        _parser = new ToolCallParser(_output);
        _events = answer.ReadEventsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    public override string FinishReason => _output.Calls > 0 ? "tool_calls" : _answer.FinishReason;

    private bool HasCalled => _output.Calls > 0;

    /// <summary>Reads as far as the first call that is demanded, and keeps what comes before it. Where there is none the answer is to be corrected.</summary>
    public async Task ReadToCallAsync()
    {
        while (!HasCalled && _taken <= MostHeld && await PumpAsync())
        {
        }

        // Nothing was passed on: a broken answer is none, and another try may do better.
        if (!HasCalled && _answer.Refusal is { } refusal)
            Refusal = refusal;
        else if (!HasCalled && _taken > MostHeld)
            Refusal = Runaway;
        else if (!HasCalled)
            Correction = new Correction(WaitingText(), ToolPrompt.Correction(_output.Tools), NotCalled) { Otherwise = [.. _ready] };
    }

    private static Refusal NotCalled { get; } = new(LeaseOutcome.Succeeded, NextStep.GiveUp, "called no function although one had to be called", "");

    private static Refusal Runaway { get; } =
        Chat.Refusal.Hopeless($"wrote more than {MostHeld} bytes without the call that was demanded", "Ask again, or without tool_choice.");

    /// <summary>The text that waits to be passed on.</summary>
    private string WaitingText()
    {
        var text = new StringBuilder();
        foreach (var waiting in _ready)
            text.Append(waiting.Text?.ToStringUtf8());
        return text.ToString();
    }

    public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_ready.TryDequeue(out var chatEvent))
                yield return chatEvent;
            if (!await PumpAsync())
                break;
        }
        while (_ready.TryDequeue(out var chatEvent))
            yield return chatEvent;
        Refusal = _answer.Refusal;
    }

    /// <summary>Takes one event of the answer. False: there is none left.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> PumpAsync()
    {
        if (_ended)
            return false;
        if (await _events.MoveNextAsync())
        {
            Take(_events.Current);
            return true;
        }

        _ended = true;
        // What waits in a broken answer is neither text nor call.
        if (_answer.Refusal is null)
            _parser.End();
        TakeOutput();
        return false;
    }

    private void Take(ChatEvent chatEvent)
    {
        _taken += chatEvent.EventCase switch
        {
            ChatEvent.EventOneofCase.Text => chatEvent.Text.Length,
            ChatEvent.EventOneofCase.Reasoning => chatEvent.Reasoning.Length,
            ChatEvent.EventOneofCase.Media => chatEvent.Media.CalculateSize(),
            _ => 0,
        };
        switch (chatEvent.EventCase)
        {
            case ChatEvent.EventOneofCase.Text when !_parser.PassesThrough(chatEvent.Text.Span):
                _parser.Feed(chatEvent.Text.Span);
                TakeOutput();
                break;
            case ChatEvent.EventOneofCase.Citation or ChatEvent.EventOneofCase.Media:
                if (!_parser.Interrupt())
                    break;
                TakeOutput();
                _ready.Enqueue(chatEvent);
                break;
            default:
                _ready.Enqueue(chatEvent);
                break;
        }
    }

    private void TakeOutput()
    {
        while (_output.TryTake(out var found))
            _ready.Enqueue(found);
    }

    public override async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        await _answer.DisposeAsync();
    }
}
