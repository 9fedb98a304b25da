using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;
using Grpc.Core;

namespace GrokForge.Gateway.Chat;

/// <summary>Asks the upstream and reads its events to the end, handing what is to be told to a <see cref="ChatAnswer"/> and noting the rest.</summary>
internal sealed partial class ChatReader(IUpstreamChat upstream, TokenEstimate estimate, DrainDeadline drain, ILogger<ChatReader> logger)
{
    /// <returns>What went wrong; null: the answer is complete and told.</returns>
    public async Task<OpenAIError?> ReadAsync(ChatWork work, ChatTally tally, ChatAnswer answer, CancellationToken clientGone)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(clientGone, drain.Over);
        estimate.Warm();
        var reading = new Reading();
        try
        {
            await ReadEventsAsync(work.Call, tally, answer, reading, giveUp.Token);
            if (reading is { Ended: true, Failure: null })
                return null;

            // An upstream may end quietly, or by a failure, when it is given up.
            giveUp.Token.ThrowIfCancellationRequested();
            return reading.Failure ?? ChatFailure.Incomplete;
        }
        // The end was told already: what breaks afterwards changes nothing.
        catch (Exception e) when (reading.Ended && e is RpcException or OperationCanceledException && (reading.Failure is null || !clientGone.IsCancellationRequested))
        {
            return reading.Failure;
        }
        catch (Exception) when (clientGone.IsCancellationRequested)
        {
            throw;
        }
        catch (RpcException e)
        {
            return ChatFailure.From(e);
        }
        catch (OperationCanceledException)
        {
            return drain.Over.IsCancellationRequested ? OpenAIError.Unavailable("This gateway is shutting down; the answer was cut.") : ChatFailure.Incomplete;
        }
        catch (Exception e)
        {
            Log.Broken(logger, e, tally.RequestId);
            return OpenAIError.Internal;
        }
    }

    /// <summary>Counts the tokens of what was told, unless the upstream has.</summary>
    public async ValueTask CountAsync(ChatWork work, ChatTally tally)
    {
        if (tally.Usage is not null)
            return;
        var prompt = await estimate.CountAsync(work.Call.Messages.SelectMany(m => m.Parts).Select(p => p.Text).Append(work.Call.Tools.ToStringUtf8()));
        var completion = await estimate.CountAsync(tally.Text) + await estimate.CountAsync(tally.Calls.Texts);
        tally.Usage = new ChatUsage(prompt, completion, 0, 0, Estimated: true);
    }

    private async Task ReadEventsAsync(ChatCall call, ChatTally tally, ChatAnswer answer, Reading reading, CancellationToken cancellationToken)
    {
        await foreach (var chatEvent in upstream.ChatAsync(call, cancellationToken))
        {
            // The client was told the end; what is left is to let the upstream end by itself.
            if (reading.Ended)
                continue;
            switch (chatEvent.EventCase)
            {
                case ChatEvent.EventOneofCase.Text when chatEvent.Text.Length > 0:
                    tally.BeginAnswer();
                    tally.Text.Append(chatEvent.Text.Span);
                    await answer.TakeTextAsync(chatEvent.Text);
                    break;
                case ChatEvent.EventOneofCase.Tool:
                    tally.BeginAnswer();
                    tally.Calls.Append(chatEvent.Tool);
                    await answer.TakeToolAsync(chatEvent.Tool);
                    break;
                case ChatEvent.EventOneofCase.Citation:
                    tally.BeginAnswer();
                    tally.Text.Append(chatEvent.Citation.Text.Span);
                    await answer.TakeCitationAsync(chatEvent.Citation);
                    break;
                case ChatEvent.EventOneofCase.Media:
                    tally.BeginAnswer();
                    await answer.TakeMediaAsync(chatEvent.Media);
                    break;
                case ChatEvent.EventOneofCase.Reasoning:
                    tally.BeginAnswer();
                    await answer.TakeHiddenAsync();
                    break;
                case ChatEvent.EventOneofCase.Finished:
                    cancellationToken.ThrowIfCancellationRequested();
                    await answer.FinishAsync(chatEvent.Finished);
                    reading.Ended = true;
                    break;
                case ChatEvent.EventOneofCase.Failed:
                    reading.Ended = true;
                    tally.NoteFailed(chatEvent.Failed);
                    reading.Failure = ChatFailure.From(chatEvent.Failed);
                    break;
                default:
                    tally.Note(chatEvent);
                    break;
            }
        }
    }

    /// <summary>How far the reading of one answer has come.</summary>
    private sealed class Reading
    {
        public bool Ended { get; set; }

        public OpenAIError? Failure { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(2102, LogLevel.Error, "Reading the answer to request {RequestId} failed.")]
        public static partial void Broken(ILogger logger, Exception exception, string requestId);
    }
}
