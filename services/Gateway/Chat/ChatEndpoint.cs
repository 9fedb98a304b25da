using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Rim;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>Makes work of a request, or says why it is refused.</summary>
internal delegate Task<(ChatWork? Work, OpenAIError? Error)> TakeIn(HttpContext context, ChatTally tally, CancellationToken cancellationToken);

/// <summary>The door POST /v1/chat/completions: every request that comes in leaves a usage record, however it ends.</summary>
internal sealed class ChatEndpoint(ChatIntake intake, ChatStreaming streaming, ChatCollecting collecting, UsageRecorder usage, TimeProvider time)
{
    public const string Path = "/v1/chat/completions";

    private readonly TakeIn _takeIn = intake.TakeAsync;

    public Task HandleAsync(HttpContext context) => HandleAsync(context, Path, _takeIn);

    /// <param name="path">The door's, for the usage record.</param>
    /// <param name="takeIn">What the door makes of a request.</param>
    public async Task HandleAsync(HttpContext context, string path, TakeIn takeIn)
    {
        using var tally = new ChatTally(context.TraceIdentifier, context.Features.Get<RequestKey>()?.Id ?? 0, time) { Endpoint = path };
        try
        {
            await AnswerAsync(context, tally, takeIn, context.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            tally.End(OpenAIError.FromStatus(e.StatusCode, context.Request), UsageOutcome.Refused);
            throw;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            tally.EndGone();
            throw;
        }
        finally
        {
            usage.Record(tally.ToEntry());
            context.Features.Set(new KeyUse(KeyUse.Counts(tally.Status, tally.Outcome)));
        }
    }

    private async Task AnswerAsync(HttpContext context, ChatTally tally, TakeIn takeIn, CancellationToken cancellationToken)
    {
        var (work, error) = await takeIn(context, tally, cancellationToken);
        if (work is null)
        {
            tally.End(error!, UsageOutcome.Refused);
            await error!.ExecuteAsync(context);
            return;
        }

        if (work.Stream)
            await streaming.AnswerAsync(context, work, tally);
        else
            await collecting.AnswerAsync(context, work, tally);
    }
}
