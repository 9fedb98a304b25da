using GrokForge.Gateway.Rim;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>Tells an answer as a stream of events. Until it is opened a failure is an HTTP status, afterwards an event without finish reason.</summary>
internal sealed class ChatStreaming(ChatReader reader, Pulse pulse, TimeProvider time)
{
    public async Task AnswerAsync(HttpContext context, ChatWork work, ChatTally tally)
    {
        tally.Expect(work.Choices, TokenEstimate.MostCounted);
        var (id, created) = (ChatIds.New(), time.GetUtcNow().ToUnixTimeSeconds());
        ChatChunks[] chunks = [.. tally.Choices.Select(c => new ChatChunks(id, created, work.Call.Model, c.Index, work.IncludeUsage))];
        // Where the official API may answer, the role comes with its chunks, or when another route has answered.
        var writer = new SseWriter(context.Response, work.MayPass ? SseBytes.Padding : ChatChunks.Opening(chunks), work.CommitAfter, time);
        var answer = new StreamedAnswer(work, tally, writer, () => CountAsync(work, tally));
        StreamedChoice[] choices = [.. tally.Choices.Select((choice, i) => new StreamedChoice(answer, choice, chunks[i]))];
        pulse.Join(writer);
        try
        {
            var failure = await reader.ReadAsync(work, tally, choices, context.RequestAborted);
            if (failure is not null)
                await FailAsync(context, failure, choices, writer, tally);
        }
        finally
        {
            pulse.Leave(writer);
            await writer.CloseAsync(default);
            if (tally.AnswerHasBegun)
                await CountAsync(work, tally);
        }
    }

    private async ValueTask CountAsync(ChatWork work, ChatTally tally)
    {
        await reader.CountAsync(work, tally);
        tally.SumUsage();
    }

    private static async Task FailAsync(HttpContext context, OpenAIError failure, StreamedChoice[] choices, SseWriter writer, ChatTally tally)
    {
        foreach (var choice in choices)
            await choice.BreakAsync();
        var open = await writer.CloseAsync(ChatChunks.BrokenEnding(failure));
        tally.End(failure, tally.AnswerHasBegun ? UsageOutcome.BrokenOff : UsageOutcome.Failed);
        if (!open)
            await failure.ExecuteAsync(context);
    }
}
