using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Has old numbers read again before they decide that a request gets no token.</summary>
internal sealed class LastLook(ILedger ledger, QuotaRefresher refresher, CurrentSettings settings, RefreshPace pace)
{
    /// <summary>Well within the time that a borrow may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    // Another replica may be the one that reads.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    /// <summary>Borrows again, for a while, as long as stale numbers are being read.</summary>
    /// <param name="refused">A borrow that found the windows used up.</param>
    public async Task<BorrowResult> BorrowAsync(BorrowWish wish, BorrowResult refused, CancellationToken cancellationToken)
    {
        var (result, begun) = (refused, pace.Time.GetTimestamp());
        // While nobody may read, nothing can be waited for.
        while (pace.Most > 0 && result.None == NoneReason.Exhausted && pace.Time.GetElapsedTime(begun) < Patience)
        {
            // Taken before it is asked for, so that its end is not missed.
            var ended = refresher.NextEnd;
            if (await ledger.WantStaleAsync(wish.Pools, wish.Scope, settings.Current.Token.RefreshStaleAfter, cancellationToken) == 0)
                return result;
            refresher.Wake();
            await Task.WhenAny(ended, Task.Delay(LookAgain, pace.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            result = await ledger.BorrowAsync(wish, cancellationToken);
        }
        return result;
    }
}
