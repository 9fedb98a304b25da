using GrokForge.Gateway.Rim;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>What becomes known of one chat request on its way; at its end the usage record.</summary>
internal sealed class ChatTally(string requestId, long keyId, TimeProvider time) : IDisposable
{
    private readonly DateTimeOffset _createdAt = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();
    private long _firstByte;

    public string RequestId => requestId;

    /// <summary>The path of the door.</summary>
    public string Endpoint { get; init; } = ChatEndpoint.Path;

    public long KeyId => keyId;

    public string Model { get; set => field = UsageEntry.CleanModel(value); } = "";

    /// <summary>By what the conversation is known again, as <see cref="ConversationSignal"/> has it.</summary>
    public string Conversation { get; set; } = "";

    /// <summary>The HTTP status the client got or would have got.</summary>
    public int Status { get; set; } = StatusCodes.Status500InternalServerError;

    public string Outcome { get; set; } = UsageOutcome.Failed;

    /// <summary>The choices of the answer; none before an upstream is asked.</summary>
    public IReadOnlyList<ChatChoice> Choices { get; private set; } = [];

    /// <summary>The counts of all choices together, as far as they are known: they share one prompt.</summary>
    public ChatUsage Usage { get; private set; } = new(0, 0, 0, 0, Estimated: true);

    public bool AnswerHasBegun => _firstByte != 0;

    /// <summary>Says how many choices are asked for, and how many bytes of each are needed at its end.</summary>
    public void Expect(int choices, int mostBytes) => Choices = choices == 1 ? [new ChatChoice(0, mostBytes)] : [.. Enumerable.Range(0, choices).Select(i => new ChatChoice(i, mostBytes))];

    public void BeginAnswer()
    {
        if (_firstByte == 0)
            _firstByte = time.GetTimestamp();
    }

    public void SumUsage() => Usage = Choices is [var only] ? only.Usage ?? Usage : ChatUsage.OfAll([.. Choices.Select(c => c.Usage).OfType<ChatUsage>()]);

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

    public UsageEntry ToEntry()
    {
        var served = Choices.Select(c => c.Served).FirstOrDefault(s => s.Attempts > 0);
        return new()
        {
            RequestId = requestId,
            KeyId = keyId,
            Model = Model,
            Endpoint = Endpoint,
            Route = served?.Route ?? "",
            TokenId = served?.TokenId ?? 0,
            Pool = served?.Pool ?? "",
            Attempts = Choices.Sum(c => c.Served.Attempts),
            Status = Status,
            Outcome = Outcome,
            PromptTokens = Usage.Prompt,
            CompletionTokens = Usage.Completion,
            ReasoningTokens = Usage.Reasoning,
            CachedTokens = Usage.Cached,
            Estimated = Usage.Estimated,
            Notes = string.Join(' ', Choices.SelectMany(c => c.Remarks).Distinct(StringComparer.Ordinal)),
            FirstByteMs = AnswerHasBegun ? Milliseconds(time.GetElapsedTime(_started, _firstByte)) : null,
            DurationMs = Milliseconds(time.GetElapsedTime(_started)),
            CreatedAt = _createdAt,
        };
    }

    public void Dispose()
    {
        foreach (var choice in Choices)
            choice.Dispose();
    }

    private static int Milliseconds(TimeSpan span) => (int)Math.Min(int.MaxValue, span.TotalMilliseconds);
}
