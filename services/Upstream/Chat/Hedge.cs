using System.Diagnostics;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>
/// Asks with a second token too where a try is slow to begin its answer (retry.hedge_after). The first of both to deliver an answer byte goes on, the other one is ended:
/// its unit comes back where the upstream had sent it nothing. A second one that fails leaves the first as it is.
/// </summary>
internal sealed class Hedge(Attempt first, BorrowTurn turn, RetryPlan plan, ChatRoutes routes, TokenBorrower tokens) : IAsyncDisposable
{
    private Task _losing = Task.CompletedTask;

    /// <summary>Null: the first answered in time, or no other token was to be had.</summary>
    public Attempt? Second { get; private set; }

    /// <summary>The one whose failure decides nothing; null: there is none.</summary>
    public Attempt? Failed { get; private set; }

    /// <summary>Whether a call's tries are raced. One for pictures is not: what is paid for is made before its first byte.</summary>
    public static bool IsFor(ChatCall call, SettingsSnapshot settings) => settings.Retry.HedgeAfterSeconds > 0 && call.Door != ChatCall.Types.Door.Images;

    /// <summary>Sends the request and waits as long as its answer may take to begin; then asks with another token, where one is free. True: a second try is under way.</summary>
    public async Task<bool> BeginAsync(ChatCall call, SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        first.Race(routes, call, settings);
        if (!await plan.IsLateAsync(first.Told, cancellationToken) || !routes.IsUp(first.Lease.Route, settings))
            return false;
        var borrowing = tokens.BorrowBesideAsync(turn);
        await Task.WhenAny(borrowing, first.Told);
        if (!borrowing.IsCompleted && first.HasBegun)
        {
            // An answer that is there waits for no token.
            _losing = GiveBackAsync(borrowing);
            return false;
        }
        if (await borrowing is not { } lease)
            return false;
        if (first.Told.IsCompleted || cancellationToken.IsCancellationRequested)
        {
            await lease.DisposeAsync();
            return false;
        }

        turn.BorrowedBeside(lease.TokenId, lease.Pool);
        // Both are tries of the request, none is a part of the other.
        if (first.Span is { } span)
            Activity.Current = span.Parent;
        Second = plan.BeginHedge(lease, cancellationToken);
        Second.Race(routes, call, settings);
        return true;
    }

    /// <summary>The one to go on with: where both failed the first, unless the second's failure says that no try can do better.</summary>
    public async Task<Attempt> OneToGoOnAsync()
    {
        if (Second is null)
        {
            await first.OpenedAsync();
            return first;
        }

        var chosen = await ChooseAsync(Second);
        var other = chosen == first ? Second : first;
        Failed = other.Refusal is null && other.Fault is null ? null : other;
        _losing = LoseAsync(other);
        await chosen.OpenedAsync();
        return chosen;
    }

    public async ValueTask DisposeAsync()
    {
        await _losing;
        if (Second is not null)
            await LoseAsync(Second);
    }

    private async Task<Attempt> ChooseAsync(Attempt second)
    {
        while (true)
        {
            if (first.HasBegun)
                return first;
            if (second.HasBegun)
                return second;
            if (first.Told.IsCompleted && second.Told.IsCompleted)
                return second.Refusal?.Next == NextStep.GiveUp ? second : first;

            // What is said of a token that is not asked again is told to the pool at once, however long the other takes.
            if (second.Told.IsCompleted || first.Refusal?.Next == NextStep.NextToken)
                _losing = LoseAsync(second.Told.IsCompleted ? second : first);
            await (second.Told.IsCompleted ? first.Told : first.Told.IsCompleted ? second.Told : Task.WhenAny(first.Told, second.Told));
        }
    }

    private static async Task GiveBackAsync(Task<Lease?> borrowing)
    {
        if (await borrowing is { } lease)
            await lease.DisposeAsync();
    }

    private static async Task LoseAsync(Attempt other)
    {
        if (other.Refusal is { } refusal)
            other.Ended(other.Lease.Refused(refusal));
        await other.EndAsync();
        await other.Lease.DisposeAsync();
    }
}
