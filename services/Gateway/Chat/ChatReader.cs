using System.Runtime.CompilerServices;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;
using Grpc.Core;

namespace GrokForge.Gateway.Chat;

/// <summary>Asks the upstream and reads its events to the end, handing what is to be told to a <see cref="ChatAnswer"/> for each choice and noting the rest.</summary>
internal sealed partial class ChatReader(IUpstreamChat upstream, TokenEstimate estimate, DrainDeadline drain, ILogger<ChatReader> logger)
{
    /// <param name="answers">One for each of the tally's choices.</param>
    /// <returns>What went wrong; null: the answer is complete and told.</returns>
    public async Task<OpenAIError?> ReadAsync(ChatWork work, ChatTally tally, IReadOnlyList<ChatAnswer> answers, CancellationToken clientGone)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(clientGone, drain.Over);
        if (!work.OnlyPasses)
            estimate.Warm();
        var reading = new Reading([.. answers.Select((answer, i) => new ChoiceReading(work, tally.Choices[i], answer, estimate))]);
        try
        {
            await ReadEventsAsync(work, tally, reading, answers[0], giveUp.Token);
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
        int? shared = null;
        foreach (var choice in tally.Choices)
        {
            if (choice.Usage is not null)
                continue;
            if (choice.IsPassed)
            {
                choice.Usage = work.Call.Door == ChatCall.Types.Door.Images ? null : ChatUsage.OfPassed(work.Call.OpenaiBody.Length, choice);
                continue;
            }

            var prompt = shared ??= await PromptEstimate.CountAsync(work, estimate);
            var reasoning = await estimate.CountAsync(choice.Reasoning);
            var completion = reasoning + await estimate.CountAsync(choice.Text) + await estimate.CountAsync(choice.Calls.Texts);
            // Two countings of one text may differ by how it was cut into pieces.
            if (choice.WasCut && work.MaxTokens is { } most && choice.Calls.Count == 0)
                (reasoning, completion) = (Math.Min(reasoning, most), Math.Min(completion, most));
            choice.Usage = new ChatUsage(prompt, completion, reasoning, 0, Estimated: true);
        }
    }

    /// <param name="writer">Any of the answers: what they wrote is flushed whenever the next event is not there yet.</param>
    private async Task ReadEventsAsync(ChatWork work, ChatTally tally, Reading reading, ChatAnswer writer, CancellationToken cancellationToken)
    {
        using var calls = new ChoiceCalls(upstream, work.Call, reading.Choices.Length, cancellationToken);
        await using var events = calls.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = events.MoveNextAsync();
            if (!(next.IsCompletedSuccessfully ? next.Result : await FlushAndWaitAsync(next, writer)))
                return;
            var (index, chatEvent) = (calls.Index, events.Current);
            // The client was told the end; what is left is to let the upstream end by itself.
            if (reading.Ended)
                continue;
            var choice = reading.Choices[index];
            if (BeginsAnswer(chatEvent))
                tally.BeginAnswer();
            else if (chatEvent.EventCase == ChatEvent.EventOneofCase.Finished)
                cancellationToken.ThrowIfCancellationRequested();
            var goesOn = !choice.Ended;
            await choice.TakeAsync(chatEvent);
            if (chatEvent.EventCase == ChatEvent.EventOneofCase.Failed && !choice.Ended)
            {
                reading.Failure = ChatFailure.From(chatEvent.Failed, work.Names);
                StopOthers(calls, reading, index);
            }
            else if (goesOn && choice.Ended && chatEvent.EventCase != ChatEvent.EventOneofCase.Finished)
            {
                calls.Stop(index);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> FlushAndWaitAsync(ValueTask<bool> next, ChatAnswer writer)
    {
        var flushing = next.IsCompleted ? default : writer.FlushAsync();
        try
        {
            return await next;
        }
        finally
        {
            await flushing;
        }
    }

    private static bool BeginsAnswer(ChatEvent chatEvent) => chatEvent.EventCase
        is ChatEvent.EventOneofCase.OpenaiChunk or ChatEvent.EventOneofCase.Text or ChatEvent.EventOneofCase.Reasoning or ChatEvent.EventOneofCase.Tool or ChatEvent.EventOneofCase.Citation or ChatEvent.EventOneofCase.Media;

    private static void StopOthers(ChoiceCalls calls, Reading reading, int failed)
    {
        for (var i = 0; i < reading.Choices.Length; i++)
        {
            if (i != failed)
                calls.Stop(i);
        }
    }

    /// <summary>How far the reading of one answer has come.</summary>
    private sealed class Reading(ChoiceReading[] choices)
    {
        public ChoiceReading[] Choices => choices;

        public bool Ended => Failure is not null || Array.TrueForAll(choices, static choice => choice.Ended);

        /// <summary>One choice that fails ends all: an answer with fewer of them than were asked for would mislead.</summary>
        public OpenAIError? Failure { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(2102, LogLevel.Error, "Reading the answer to request {RequestId} failed.")]
        public static partial void Broken(ILogger logger, Exception exception, string requestId);
    }
}
