using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.TokenPool.Leasing;

/// <summary>Takes note of grants and settlements: counts them, remembers the latest for a rebuild, tells of changed states.</summary>
internal sealed class LeaseJournal(RecentLeases recent, TokenStateAnnouncer announcer)
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
    }
}
