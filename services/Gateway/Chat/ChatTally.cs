using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>What becomes known of one chat request on its way; at its end the usage record.</summary>
internal sealed class ChatTally(string requestId, long keyId, TimeProvider time) : IDisposable
{
    private readonly DateTimeOffset _createdAt = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();
    private long _firstByte;
    private Served _served = new();

    public string RequestId => requestId;

    public long KeyId => keyId;

    public string Model { get; set => field = UsageEntry.CleanModel(value); } = "";

    /// <summary>The HTTP status the client got or would have got.</summary>
    public int Status { get; set; } = StatusCodes.Status500InternalServerError;

    public string Outcome { get; set; } = UsageOutcome.Failed;

    /// <summary>The answer's text, reasoning not included.</summary>
    public AnswerText Text { get; private set; } = new(0);

    /// <summary>The answer's tool calls.</summary>
    public AnswerCalls Calls { get; private set; } = new(0);

    /// <summary>Citations and sources of the answer.</summary>
    public AnswerNotes Notes { get; } = new();

    /// <summary>Counts told by the upstream or estimated; null: not counted yet.</summary>
    public ChatUsage? Usage { get; set; }

    public bool AnswerHasBegun => _firstByte != 0;

    /// <summary>Says how many bytes of the answer are needed at its end.</summary>
    public void KeepText(int most) => (Text, Calls) = (new AnswerText(most), new AnswerCalls(most));

    public void BeginAnswer()
    {
        if (_firstByte == 0)
            _firstByte = time.GetTimestamp();
    }

    /// <summary>Notes an event that is nothing of the answer.</summary>
    public void Note(ChatEvent chatEvent)
    {
        switch (chatEvent.EventCase)
        {
            case ChatEvent.EventOneofCase.Served:
                _served = chatEvent.Served;
                break;
            case ChatEvent.EventOneofCase.Usage:
                var told = chatEvent.Usage;
                Usage = new ChatUsage(told.PromptTokens, told.CompletionTokens, told.ReasoningTokens, told.CachedTokens, Estimated: false);
                break;
            case ChatEvent.EventOneofCase.Restarted:
                Text.Clear();
                Calls.Clear();
                Notes.Clear();
                break;
            case ChatEvent.EventOneofCase.Source:
                Notes.Add(chatEvent.Source);
                break;
        }
    }

    public void NoteFailed(Failed failed)
    {
        if (failed.Attempts > 0)
            _served = new Served { Route = _served.Route, TokenId = failed.TokenId, Pool = failed.Pool, Attempts = failed.Attempts };
    }

    public void End(OpenAIError error, string outcome)
    {
        Status = error.Status;
        Outcome = outcome;
    }

    public void EndGone()
    {
        Status = StatusCodes.Status499ClientClosedRequest;
        Outcome = UsageOutcome.ClientGone;
    }

    public UsageEntry ToEntry() => new()
    {
        RequestId = requestId,
        KeyId = keyId,
        Model = Model,
        Endpoint = ChatEndpoint.Path,
        Route = _served.Route,
        TokenId = _served.TokenId,
        Pool = _served.Pool,
        Attempts = _served.Attempts,
        Status = Status,
        Outcome = Outcome,
        PromptTokens = Usage?.Prompt ?? 0,
        CompletionTokens = Usage?.Completion ?? 0,
        Estimated = Usage?.Estimated ?? true,
        FirstByteMs = AnswerHasBegun ? Milliseconds(time.GetElapsedTime(_started, _firstByte)) : null,
        DurationMs = Milliseconds(time.GetElapsedTime(_started)),
        CreatedAt = _createdAt,
    };

    public void Dispose()
    {
        Text.Dispose();
        Calls.Dispose();
    }

    private static int Milliseconds(TimeSpan span) => (int)Math.Min(int.MaxValue, span.TotalMilliseconds);
}
