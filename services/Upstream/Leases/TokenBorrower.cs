using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;
using Grpc.Core;

namespace GrokForge.Upstream.Leases;

/// <summary>Borrows a request's tokens one after another, never the same twice, and waits where all are merely busy.</summary>
internal sealed partial class TokenBorrower(ITokenLeasing pool, OpenedSecrets secrets, LeaseDesk desk, TimeProvider time, ILogger<TokenBorrower> log)
{
    // A ledger of 10,000 tokens is back within 5 s.
    private static readonly TimeSpan RebuildPatience = TimeSpan.FromSeconds(6);

    private const int MostLateReplies = 2;

    /// <summary>A fresh token each turn, until the request's patience or the pools are used up; then the turn says why.</summary>
    public async IAsyncEnumerable<Lease> BorrowInTurnAsync(BorrowTurn turn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var route in turn.Routes)
        {
            turn.Route = route;
            while (turn.MayBorrow)
            {
                var reply = await AskAsync(turn, cancellationToken);
                if (reply.Grant is not { } grant)
                {
                    turn.None = reply.None;
                    break;
                }

                turn.Borrowed(grant);
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
    }

    private async Task<BorrowReply> AskAsync(BorrowTurn turn, CancellationToken cancellationToken)
    {
        // One id for the whole wait: a reply that was lost on its way is granted again, not twice.
        var wish = turn.NextWish();
        var asked = time.GetTimestamp();
        while (true)
        {
            // A grant that nobody waits for any more would keep its slot until it expires, so the client's leaving does not cut this call.
            var reply = await RepeatWhereLateAsync(wish);
            if (reply.None is not { } none)
                return reply;

            cancellationToken.ThrowIfCancellationRequested();
            var (patience, pause) = none.Reason switch
            {
                NoToken.Types.Reason.Busy => (turn.WaitForSlot, TimeSpan.FromMilliseconds(Random.Shared.Next(50, 150))),
                NoToken.Types.Reason.Rebuilding => (RebuildPatience, TimeSpan.FromMilliseconds(Random.Shared.Next(150, 300))),
                _ => (TimeSpan.Zero, TimeSpan.Zero),
            };
            if (time.GetElapsedTime(asked) + pause >= patience)
                return reply;

            await Task.Delay(pause, time, cancellationToken);
        }
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

        [LoggerMessage(LogLevel.Error, "Token {TokenId} cannot be decrypted: start with the GROKFORGE_MASTER_KEY and key ring it was saved under.")]
        public static partial void Unreadable(ILogger logger, long tokenId);
    }
}
