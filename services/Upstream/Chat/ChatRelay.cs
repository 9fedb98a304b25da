using System.Runtime.CompilerServices;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>Runs one chat request: tokens in turn outside, tries on a token inside, until an answer has begun; then passes it on.</summary>
internal sealed partial class ChatRelay(
    ChatRoutes routes, TokenBorrower tokens, CurrentSettings settings, TimeProvider time, ILogger<ChatRelay> log) : IUpstreamChat
{
    private static readonly TimeSpan PatienceForSettings = TimeSpan.FromSeconds(5);

    public async IAsyncEnumerable<ChatEvent> ChatAsync(ChatCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (usable, objection) = await UsableAsync(call, cancellationToken);
        if (objection is not null)
        {
            yield return new ChatEvent { Failed = objection };
            yield break;
        }

        var snapshot = settings.Current;
        var plan = new RetryPlan(snapshot, time);
        var turn = new BorrowTurn(call, usable, snapshot, plan);
        var (asked, restarts) = (new AskedCall(call), false);
        await foreach (var lease in tokens.BorrowInTurnAsync(turn, cancellationToken))
        {
            await using var _ = lease;
            asked.BeginOn(lease);
            foreach (var pause in plan.PausesOnToken())
            {
                await Task.Delay(pause, time, cancellationToken);
                await routes.RecoverAsync(plan.LastRefusal, lease.Route, snapshot, cancellationToken);
                yield return new ChatEvent { Tried = new Tried { TokenId = lease.TokenId, Pool = lease.Pool, Attempts = plan.Attempts } };
                lease.BeginTry();
                using var attempt = new AttemptTrace(lease, plan.Attempts, time);
                using var limits = plan.LimitsOfTry(cancellationToken);
                await using var answer = await routes.OpenAsync(new ChatTry(asked.Call, lease, snapshot, limits), cancellationToken);
                if (answer.Refusal is null)
                {
                    attempt.Answered();
                    if (asked.TakesBack(answer, lease, turn, attempt))
                        break;
                    if (restarts)
                        yield return new ChatEvent { Restarted = new Restarted() };
                    yield return new ChatEvent { Served = AskedCall.ServedBy(lease, plan.Attempts) };

                    // From the first answer event on, a broken stream is reported, never retried, unless nobody reads it as a stream.
                    await foreach (var chatEvent in answer.ReadEventsAsync(cancellationToken))
                        yield return lease.Observe(chatEvent);
                }

                if (answer.Refusal is not { } refusal)
                {
                    attempt.Ended(lease.Succeeded());
                    yield return new ChatEvent { Finished = new Finished { FinishReason = answer.FinishReason } };
                    yield break;
                }

                attempt.Ended(lease.Refused(refusal));
                Note(refusal, call, lease, plan);
                if (lease.HasAnswered && !call.Whole)
                {
                    yield return new ChatEvent { Failed = ChatFailures.BrokenOff(call, lease, refusal, plan.Attempts) };
                    yield break;
                }
                restarts |= lease.HasAnswered;
            }
        }

        foreach (var end in asked.End(turn, plan, restarts))
            yield return end;
    }

    /// <summary>The routes to try, or why there is none.</summary>
    private async ValueTask<(IReadOnlyList<Route> Usable, Failed? Objection)> UsableAsync(ChatCall call, CancellationToken cancellationToken)
    {
        var usable = routes.For(call, out var objection);
        if (!await settings.IsReadyWithinAsync(PatienceForSettings, time, cancellationToken))
            return ([], ChatFailures.NotReady());
        if (usable.Count == 0)
            return ([], objection);
        usable = routes.Up(usable, call, settings.Current, out var down);
        return (usable, down);
    }

    private void Note(Refusal refusal, ChatCall call, Lease lease, RetryPlan plan)
    {
        plan.Refused(refusal);
        if (refusal.Next == NextStep.NextToken)
            Log.TokenRefused(log, lease.TokenId, lease.Pool, refusal.What, call.RequestId);
        else
            Log.TryFailed(log, call.RequestId, lease.TokenId, refusal.What);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The upstream {What}: token {TokenId} of pool {Pool}, request {RequestId}.")]
        public static partial void TokenRefused(ILogger logger, long tokenId, string pool, string what, string requestId);

        [LoggerMessage(LogLevel.Debug, "A try of request {RequestId} with token {TokenId} failed: the upstream {What}.")]
        public static partial void TryFailed(ILogger logger, string requestId, long tokenId, string what);
    }
}
