using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>Tells an answer as one JSON object: {"id":…,"object":"chat.completion","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{…}}</summary>
internal sealed class ChatCollecting(ChatReader reader, TimeProvider time)
{
    /// <summary>The longest answer held in memory, its pictures not counted.</summary>
    private const int MostBytes = 8 * 1024 * 1024;

    private static readonly OpenAIError TooLong =
        new(StatusCodes.Status502BadGateway, "upstream_error", $"The upstream's answer is longer than {MostBytes} bytes; ask for it as a stream.");

    public async Task AnswerAsync(HttpContext context, ChatWork work, ChatTally tally)
    {
        tally.KeepText(MostBytes);
        var answer = new Answer(tally);
        var failure = await reader.ReadAsync(work, tally, answer, context.RequestAborted);
        if (failure is null && !(tally.Text.IsWhole && tally.Calls.IsWhole))
            failure = TooLong;
        if (tally.AnswerHasBegun)
            await reader.CountAsync(work, tally);
        if (failure is not null)
        {
            tally.End(failure, UsageOutcome.Failed);
            await failure.ExecuteAsync(context);
            return;
        }

        await WriteAsync(context, work, tally, answer.FinishReason, context.RequestAborted);
        tally.Status = StatusCodes.Status200OK;
        tally.Outcome = UsageOutcome.Completed;
    }

    private async Task WriteAsync(HttpContext context, ChatWork work, ChatTally tally, string finishReason, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, ChatIds.Json))
        {
            json.WriteStartObject();
            json.WriteString("id", ChatIds.New());
            json.WriteString("object", "chat.completion");
            json.WriteNumber("created", time.GetUtcNow().ToUnixTimeSeconds());
            json.WriteString("model", work.Call.Model);
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("message");
            json.WriteString("role", "assistant");
            if (tally.Calls.Count > 0 && tally.Text.TotalBytes == 0)
                json.WriteNull("content");
            else
                json.WriteString("content", tally.Text.Kept);
            json.WriteNull("refusal");
            if (tally.Calls.Count > 0)
                tally.Calls.WriteTo(json);
            if (tally.Notes.HasAnnotations)
                tally.Notes.WriteAnnotations(json);
            json.WriteEndObject();
            json.WriteNull("logprobs");
            json.WriteString("finish_reason", finishReason);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WritePropertyName("usage");
            (tally.Usage ?? default).WriteTo(json);
            if (tally.Notes.HasSources)
                tally.Notes.WriteSources(json);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>The text and the calls themselves are kept by the tally.</summary>
    private sealed class Answer(ChatTally tally) : ChatAnswer
    {
        public string FinishReason { get; private set; } = "stop";

        public override ValueTask TakeTextAsync(ByteString text)
        {
            tally.Notes.Wrote(text.Span);
            return default;
        }

        public override ValueTask TakeCitationAsync(Citation citation)
        {
            tally.Notes.Wrote(citation);
            return default;
        }

        public override ValueTask TakeMediaAsync(Media media)
        {
            var text = ImageMarkdown.Of(media);
            tally.Notes.Wrote(text.Span);
            tally.Text.AppendUncounted(text.Span);
            return default;
        }

        public override ValueTask TakeToolAsync(ToolDelta delta) => default;

        public override ValueTask TakeHiddenAsync() => default;

        public override ValueTask FinishAsync(Finished finished)
        {
            FinishReason = ChatIds.ReasonOf(finished);
            return default;
        }
    }
}
