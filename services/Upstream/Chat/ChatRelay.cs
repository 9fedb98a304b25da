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
        await foreach (var borrowed in tokens.BorrowInTurnAsync(turn, cancellationToken))
        {
            await using var _ = borrowed;
            asked.BeginOn(borrowed);
            foreach (var pause in plan.PausesOnToken())
            {
                await Task.Delay(pause, time, cancellationToken);
                await routes.RecoverAsync(plan.LastRefusal, borrowed.Route, snapshot, cancellationToken);
                yield return Tried(borrowed, plan);
                await using var first = plan.BeginTry(borrowed, Hedge.IsFor(call, snapshot), cancellationToken);
                await using var hedge = first.Races ? new Hedge(first, turn, plan, routes, tokens) : null;
                if (hedge is not null && await hedge.BeginAsync(asked.Call, snapshot, cancellationToken))
                    yield return Tried(hedge.Second!.Lease, plan);
                var attempt = hedge is null ? first : await hedge.OneToGoOnAsync();
                var answer = attempt.Answer ??= await routes.OpenAsync(first.Of(asked.Call, snapshot), cancellationToken);
                Tell(hedge?.Failed, call);
                if (answer.Refusal is null)
                {
                    attempt.Answered();
                    if (asked.TakesBack(answer, attempt.Lease, turn, attempt))
                        break;
                    if (restarts)
                        yield return new ChatEvent { Restarted = new Restarted() };
                    yield return new ChatEvent { Served = AskedCall.ServedBy(attempt.Lease, plan.Attempts) };

                    // From the first answer event on, a broken stream is reported, never retried, unless nobody reads it as a stream.
                    await foreach (var chatEvent in answer.ReadEventsAsync(cancellationToken))
                        yield return attempt.Lease.Observe(chatEvent);
                }

                if (End(attempt, call, plan) is { } end)
                {
                    yield return end;
                    yield break;
                }
                restarts |= attempt.Lease.HasAnswered;

                // A second token outlived the first, which is given back.
                if (attempt != first)
                    break;
            }
        }

        foreach (var last in asked.End(turn, plan, restarts))
            yield return Told(last, call);
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

    private static ChatEvent Tried(Lease lease, RetryPlan plan) => new() { Tried = new Tried { TokenId = lease.TokenId, Pool = lease.Pool, Attempts = plan.Attempts } };

    /// <summary>How the request ends with this try; null: another one may follow.</summary>
    private ChatEvent? End(Attempt attempt, ChatCall call, RetryPlan plan)
    {
        var lease = attempt.Lease;
        if (attempt.Refusal is not { } refusal)
        {
            attempt.Ended(lease.Succeeded());
            return new ChatEvent { Finished = new Finished { FinishReason = attempt.Answer!.FinishReason } };
        }

        attempt.Ended(lease.Refused(refusal));
        plan.Refused(refusal);
        Tell(attempt, call);
        return lease.HasAnswered && !call.Whole ? Told(new ChatEvent { Failed = ChatFailures.BrokenOff(call, lease, refusal, plan.Attempts) }, call) : null;
    }

    /// <summary>What a client is told of the upstream stands in the log in the same words.</summary>
    private ChatEvent Told(ChatEvent last, ChatCall call)
    {
        if (last.Failed is { HttpStatus: 502 } failed)
            Log.Unserved(log, call.RequestId, failed.Message);
        return last;
    }

    private void Tell(Attempt? failed, ChatCall call)
    {
        if (failed?.Fault is { } fault)
            Log.TryFaulted(log, call.RequestId, failed.Lease.TokenId, fault);
        if (failed?.Refusal is not { } refusal)
            return;
        var lease = failed.Lease;
        if (refusal.Next == NextStep.NextToken)
            Log.TokenRefused(log, lease.TokenId, lease.Pool, refusal.What, call.RequestId, refusal.Remedy);
        else
            Log.TryFailed(log, call.RequestId, lease.TokenId, refusal.What);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The upstream {What}: token {TokenId} of pool {Pool}, request {RequestId}. {Remedy}")]
        public static partial void TokenRefused(ILogger logger, long tokenId, string pool, string what, string requestId, string remedy);

        [LoggerMessage(LogLevel.Warning, "Request {RequestId} failed upstream: {Message}")]
        public static partial void Unserved(ILogger logger, string requestId, string message);

        [LoggerMessage(LogLevel.Error, "A try of request {RequestId} with token {TokenId} broke down; the request goes on with its other token.")]
        public static partial void TryFaulted(ILogger logger, string requestId, long tokenId, Exception exception);

        [LoggerMessage(LogLevel.Debug, "A try of request {RequestId} with token {TokenId} failed: the upstream {What}.")]
        public static partial void TryFailed(ILogger logger, string requestId, long tokenId, string what);
    }
}
