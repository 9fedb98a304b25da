using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>Tells an answer as a stream of events. Until it is opened a failure is an HTTP status, afterwards an event without finish reason.</summary>
internal sealed class ChatStreaming(ChatReader reader, SsePulse pulse, TimeProvider time)
{
    public async Task AnswerAsync(HttpContext context, ChatWork work, ChatTally tally)
    {
        tally.KeepText(TokenEstimate.MostCounted);
        var chunks = new ChatChunks(ChatIds.New(), time.GetUtcNow().ToUnixTimeSeconds(), work.Call.Model, work.IncludeUsage);
        var writer = new SseWriter(context.Response, chunks.Opening(), work.CommitAfter, time);
        pulse.Join(writer);
        try
        {
            var failure = await reader.ReadAsync(work, tally, new Answer(this, work, tally, chunks, writer), context.RequestAborted);
            if (failure is not null)
                await FailAsync(context, failure, writer, tally);
        }
        finally
        {
            pulse.Leave(writer);
            await writer.CloseAsync(default);
            if (tally.AnswerHasBegun)
                await reader.CountAsync(work, tally);
        }
    }

    private static async Task FailAsync(HttpContext context, OpenAIError failure, SseWriter writer, ChatTally tally)
    {
        var open = await writer.CloseAsync(ChatChunks.BrokenEnding(failure));
        tally.End(failure, tally.AnswerHasBegun ? UsageOutcome.BrokenOff : UsageOutcome.Failed);
        if (!open)
            await failure.ExecuteAsync(context);
    }

    /// <summary>The stream of one answer.</summary>
    private sealed class Answer(ChatStreaming streaming, ChatWork work, ChatTally tally, ChatChunks chunks, SseWriter writer) : ChatAnswer
    {
        public override ValueTask TakeTextAsync(ByteString text)
        {
            tally.Notes.Wrote(text.Span);
            return writer.WriteAsync(chunks.Content(text.Memory));
        }

        public override ValueTask TakeCitationAsync(Citation citation) =>
            writer.WriteAsync(chunks.Citation(citation.Text.Memory, tally.Notes.Wrote(citation)));

        public override ValueTask TakeMediaAsync(Media media)
        {
            var text = ImageMarkdown.Of(media);
            tally.Notes.Wrote(text.Span);
            return writer.WriteAsync(chunks.Content(text));
        }

        public override ValueTask TakeToolAsync(ToolDelta delta) => writer.WriteAsync(chunks.Tool(delta));

        public override ValueTask TakeHiddenAsync() => writer.OpenAsync();

        public override async ValueTask FinishAsync(Finished finished)
        {
            if (work.IncludeUsage)
                await streaming.Reader.CountAsync(work, tally);
            await writer.FinishAsync(chunks.Ending(ChatIds.ReasonOf(finished), tally.Usage ?? default, tally.Notes));
            tally.Status = StatusCodes.Status200OK;
            tally.Outcome = UsageOutcome.Completed;
        }
    }

    private ChatReader Reader => reader;
}
