using GrokForge.Contracts.Events;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.TokenPool.Leasing;

/// <summary>Takes note of grants and settlements: counts them, remembers the latest for a rebuild, tells of changed states.</summary>
internal sealed class LeaseJournal(RecentLeases recent, TokenStateAnnouncer announcer, EventPublisher publisher)
{
    public void Granted(BorrowResult result, BorrowWish wish)
    {
        if (result.Repeated)
            return;
        LeaseMeter.Granted();
        recent.Granted(result, wish);
    }

    public void Settled(SettleResult result, SettleRequest request, Settlement settlement)
    {
        if (result.Kind == SettleKind.AlreadySettled)
            return;
        LeaseMeter.Settled(request.Outcome);
        recent.Settled(result, settlement);
        if (result.StateChangedTo is { } state)
            announcer.SettledInto(result.TokenId, state, settlement.Reason);
        // Only the first of a window's refusals changed anything, and only a word on when it refills makes asking needless.
        if (settlement is { Exhausted: true, ResumeAfter: null } && result is { Rev: > 0, Scope.Length: > 0 })
            publisher.Publish(new QuotaExhausted(result.TokenId, result.Scope));
    }
}
