using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.Upstream.Chat;
using Grpc.Core;

namespace GrokForge.Upstream.Leases;

/// <summary>Borrows a request's tokens one after another, never the same twice, and waits where all are merely busy.</summary>
internal sealed partial class TokenBorrower(ITokenLeasing pool, OpenedSecrets secrets, LeaseDesk desk, TimeProvider time, ILogger<TokenBorrower> log)
{
    private const int MostLateReplies = 2;

    private static readonly Histogram<double> Waits = GrokForgeTelemetry.Meter.CreateHistogram<double>(
        "grokforge.leases.wait", "s", "Time from a request's wish for a token to the token, or to going without, by provider and result.");

    /// <summary>
    /// A fresh token each turn, until the request's patience or the pools are used up; then the turn says why. A route whose tokens are all busy is waited for only when no
    /// other has one.
    /// </summary>
    public async IAsyncEnumerable<Lease> BorrowInTurnAsync(BorrowTurn turn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        for (var open = turn.BeginRound(); open.Count > 0; open = turn.BeginRound())
        {
            foreach (var route in open)
            {
                for (turn.Enter(route); turn.MayBorrow; asked = time.GetTimestamp())
                {
                    if (await AskAsync(turn, time.GetElapsedTime(asked), cancellationToken) is not { } grant)
                        break;

                    turn.Borrowed(grant);
                    Waited(asked, route, "granted");
                    var secret = Open(grant);
                    var lease = desk.Lend(grant, route, secret ?? "");
                    if (secret is not null)
                    {
                        yield return lease;
                        continue;
                    }

                    turn.Refused(Refusal.SecretUnreadable);
                    await lease.DisposeAsync();
                }
            }

            if (turn.Waits)
                await Task.Delay(turn.Pause(), time, cancellationToken);
        }

        if (turn.None is not null)
            Waited(asked, turn.Route, "none");
    }

    private void Waited(long asked, Route route, string result) =>
        Waits.Record(time.GetElapsedTime(asked).TotalSeconds, new KeyValuePair<string, object?>("provider", route.Provider), new KeyValuePair<string, object?>("result", result));

    /// <summary>One token more beside the one at work. The turn knows nothing of it: whoever uses it tells.</summary>
    /// <returns>Null: the request may borrow no other, or none is free at once.</returns>
    public async Task<Lease?> BorrowBesideAsync(BorrowTurn turn)
    {
        var route = turn.Route;
        if (!turn.MayBorrow || await GrantBesideAsync(turn.WishBeside()) is not { } grant)
            return null;
        var secret = Open(grant);
        var lease = desk.Lend(grant, route, secret ?? "");
        if (secret is not null)
            return lease;
        await lease.DisposeAsync();
        return null;
    }

    /// <summary>A pool that cannot answer costs the request nothing: it has a token at work.</summary>
    private async Task<Grant?> GrantBesideAsync(BorrowRequest wish)
    {
        try
        {
            return (await RepeatWhereLateAsync(wish)).Grant;
        }
        catch (RpcException e)
        {
            Log.NoneBeside(log, wish.BorrowId, e);
            return null;
        }
    }

    /// <returns>Null: there is none, or not yet.</returns>
    private async Task<Grant?> AskAsync(BorrowTurn turn, TimeSpan waited, CancellationToken cancellationToken)
    {
        // A grant that nobody waits for any more would keep its slot until it expires, so the client's leaving does not cut this call.
        var reply = await RepeatWhereLateAsync(turn.NextWish());
        if (reply.None is not { } none)
            return reply.Grant;

        cancellationToken.ThrowIfCancellationRequested();
        turn.NotGranted(none, waited);
        return null;
    }

    /// <summary>A reply that is late is asked for again: the same wish has the same grant, so none is lost and none is given twice.</summary>
    private async Task<BorrowReply> RepeatWhereLateAsync(BorrowRequest wish)
    {
        for (var late = 0; ; late++)
        {
            try
            {
                return await pool.BorrowAsync(wish, desk.Stopping);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded && late < MostLateReplies)
            {
                Log.Late(log, wish.BorrowId);
            }
        }
    }

    private string? Open(Grant grant)
    {
        try
        {
            return secrets.Open(grant);
        }
        catch (CryptographicException)
        {
            Log.Unreadable(log, grant.TokenId);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "The token pool is late to answer borrow {BorrowId}; it is asked again.")]
        public static partial void Late(ILogger logger, string borrowId);

        [LoggerMessage(LogLevel.Information, "The token pool could not answer borrow {BorrowId}: a slow request goes on with the token it has.")]
        public static partial void NoneBeside(ILogger logger, string borrowId, Exception exception);

        [LoggerMessage(LogLevel.Error, "Token {TokenId} cannot be decrypted: start with the GROKFORGE_MASTER_KEY and key ring it was saved under.")]
        public static partial void Unreadable(ILogger logger, long tokenId);
    }
}
