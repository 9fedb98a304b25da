using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>An answer that is kept back until it is whole, so that its client sees JSON as asked for or nothing. An answer that calls tools is passed on as it is.</summary>
internal sealed class StructuredAnswer : ChatAnswer
{
    // What a model writes in one answer is far less; this keeps a runaway from filling the memory.
    private const int MostText = 8 * 1024 * 1024;

    private readonly ChatAnswer _answer;
    private readonly OutputFormat _format;
    private readonly IAsyncEnumerator<ChatEvent> _events;
    private readonly List<ChatEvent> _kept = [];
    private readonly Bytes _text = new();
    private bool _calls;
    private string? _json;
    private bool _isUnchecked;

    public StructuredAnswer(ChatAnswer answer, OutputFormat format, CancellationToken cancellationToken)
    {
        _answer = answer;
        _format = format;
        _events = answer.ReadEventsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    public override string FinishReason => _answer.FinishReason;

    private static Refusal Failed { get; } = new(LeaseOutcome.Succeeded, NextStep.GiveUp,
        "gave no answer in the response format that was asked for", "Simplify the schema, describe it in the prompt, or ask again.")
    { Code = "structured_output_failed" };

    /// <summary>Reads to the end, or to the first tool call. What is not the JSON that was asked for is to be corrected.</summary>
    public async Task ReadAsync()
    {
        while (!_calls && _text.Length < MostText && await _events.MoveNextAsync())
            Take(_events.Current);
        if (_calls)
            return;

        if (_answer.Refusal is { } refusal)
            Refusal = refusal;
        else
            Settle(Encoding.UTF8.GetString(_text.Span));
    }

    public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var kept in Kept())
            yield return kept;
        while (_calls && await _events.MoveNextAsync())
            yield return _events.Current;
        Refusal = _answer.Refusal;
    }

    public override async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        await _answer.DisposeAsync();
    }

    private void Take(ChatEvent chatEvent)
    {
        _kept.Add(chatEvent);
        if (chatEvent.EventCase == ChatEvent.EventOneofCase.Text)
            _text.Add(chatEvent.Text.Span);
        _calls = chatEvent.EventCase == ChatEvent.EventOneofCase.Tool;
    }

    private void Settle(string text)
    {
        var mismatch = Search(text);
        if (mismatch is not null)
            Correction = new Correction(text, StructuredOutput.Correction(mismatch), Failed);

        // A missing call counts more than the form of its answer, which may stand in the end where it is the JSON.
        if (_answer.Correction is { } missing)
            Correction = missing with { Failure = mismatch is null ? missing.Failure : Failed, Otherwise = mismatch is null ? [.. Kept()] : null };
    }

    /// <returns>Why the answer is not what was asked for; null: it is.</returns>
    private string? Search(string text)
    {
        string? likeliest = null;
        foreach (var candidate in JsonSearch.Candidates(text))
        {
            var verdict = _format.Judge(candidate);
            if (verdict is { IsChecked: true, Objection: null })
            {
                (_json, _isUnchecked) = (candidate, false);
                return null;
            }
            if (verdict.IsChecked)
                likeliest ??= verdict.Objection;
            else if (_json is null)
                (_json, _isUnchecked) = (candidate, true);
        }
        return _json is not null ? null : likeliest ?? "It holds no JSON.";
    }

    private IEnumerable<ChatEvent> Kept()
    {
        foreach (var kept in _kept)
        {
            if (_calls || !IsWritten(kept))
                yield return kept;
        }
        if (_json is null)
            yield break;
        yield return new ChatEvent { Text = ByteString.CopyFromUtf8(_json) };
        if (_isUnchecked)
            yield return new ChatEvent { Remark = new Remark { Text = "The answer is JSON, but its schema cannot be checked here." } };
    }

    /// <summary>Whether the event stands in the text: the JSON replaces it.</summary>
    private static bool IsWritten(ChatEvent chatEvent) =>
        chatEvent.EventCase is ChatEvent.EventOneofCase.Text or ChatEvent.EventOneofCase.Citation or ChatEvent.EventOneofCase.Media;
}
