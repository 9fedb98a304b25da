using System.Buffers;
using GrokForge.Gateway.Rim;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>Tells an answer as one JSON object.</summary>
internal sealed class ChatCollecting(ChatReader reader, Pulse pulse, TimeProvider time)
{
    /// <summary>The longest choice held in memory, its pictures not counted.</summary>
    private const int MostBytes = 8 * 1024 * 1024;

    private static readonly OpenAIError TooLong =
        new(StatusCodes.Status502BadGateway, "upstream_error", $"The upstream's answer is longer than {MostBytes} bytes; ask for it as a stream.");

    public async Task AnswerAsync(HttpContext context, ChatWork work, ChatTally tally)
    {
        tally.Expect(work.Choices, MostBytes);
        await using var life = KeepAliveWriter.Begin(context, work.CommitAfter, time, pulse);
        CollectedChoice[] choices = [.. tally.Choices.Select(choice => new CollectedChoice(choice))];
        OpenAIError? failure;
        try
        {
            failure = await reader.ReadAsync(work, tally, choices, context.RequestAborted);
        }
        finally
        {
            if (tally.AnswerHasBegun)
            {
                await reader.CountAsync(work, tally);
                tally.SumUsage();
            }
        }

        if (failure is null && !tally.Choices.All(choice => choice.IsWhole))
            failure = TooLong;
        if (failure is not null)
        {
            tally.End(failure, UsageOutcome.Failed);
            await life.FailAsync(failure);
            return;
        }

        var passed = tally.Choices[0].Passed;
        if (!await life.EndAsync())
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentLength = passed.IsEmpty ? null : passed.Length;
        }

        if (!passed.IsEmpty)
            context.Response.BodyWriter.Write(passed.Span);
        else
            WholeAnswer.Write(context.Response.BodyWriter, work, tally, time.GetUtcNow());
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        tally.Status = StatusCodes.Status200OK;
        tally.Outcome = UsageOutcome.Completed;
    }
}
