using GrokForge.TokenPool.Ledger;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>A true ledger to which something happens just before it is written to.</summary>
internal sealed class ShakyLedger(ILedger ledger) : ILedger
{
    /// <summary>Happens once, before the next put.</summary>
    public Func<Task>? BeforePut { get; set; }

    /// <summary>Happens once, before the next batch of a load.</summary>
    public Func<Task>? BeforeLoad { get; set; }

    /// <summary>Happens once, after the next borrow and before its answer.</summary>
    public Func<BorrowWish, Task>? AfterBorrow { get; set; }

    /// <summary>Happens once, before the next confirmation of what was written.</summary>
    public Func<Task>? BeforeConfirm { get; set; }

    /// <summary>Every borrow says that its search used up its work bound.</summary>
    public bool IsDegraded { get; set; }

    public async ValueTask<BorrowResult> BorrowAsync(BorrowWish wish, CancellationToken cancellationToken)
    {
        var result = await ledger.BorrowAsync(wish, cancellationToken);
        var (happens, _) = (AfterBorrow, AfterBorrow = null);
        if (happens is not null)
            await happens(wish);
        return IsDegraded ? result with { Degraded = true } : result;
    }

    public ValueTask WithdrawAsync(BorrowResult grant, CancellationToken cancellationToken) => ledger.WithdrawAsync(grant, cancellationToken);

    public ValueTask<LedgerSurvey?> SurveyAsync(string scope, string affinity, CancellationToken cancellationToken) => ledger.SurveyAsync(scope, affinity, cancellationToken);

    public ValueTask<SettleResult> SettleAsync(string leaseId, Settlement settlement, CancellationToken cancellationToken) =>
        ledger.SettleAsync(leaseId, settlement, cancellationToken);

    public ValueTask<IReadOnlyList<string>> RenewAsync(IReadOnlyList<string> leaseIds, CancellationToken cancellationToken) =>
        ledger.RenewAsync(leaseIds, cancellationToken);

    public async ValueTask PutAsync(IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken)
    {
        var (happens, _) = (BeforePut, BeforePut = null);
        if (happens is not null)
            await happens();
        await ledger.PutAsync(tokens, cancellationToken);
    }

    public ValueTask RemoveAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken) => ledger.RemoveAsync(tokenIds, cancellationToken);

    public ValueTask<IReadOnlyList<long>> IdsAsync(CancellationToken cancellationToken) => ledger.IdsAsync(cancellationToken);

    public ValueTask<IReadOnlyList<LedgerTokenView>> ReadAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken) =>
        ledger.ReadAsync(tokenIds, cancellationToken);

    public ValueTask ConfigureAsync(LedgerConfig config, CancellationToken cancellationToken) => ledger.ConfigureAsync(config, cancellationToken);

    public ValueTask<bool> IsLoadedAsync(CancellationToken cancellationToken) => ledger.IsLoadedAsync(cancellationToken);

    public ValueTask<bool> TryBeginLoadAsync(LedgerConfig config, LoadRight right, CancellationToken cancellationToken) =>
        ledger.TryBeginLoadAsync(config, right, cancellationToken);

    public async ValueTask<bool> LoadAsync(LoadRight right, IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken)
    {
        var (happens, _) = (BeforeLoad, BeforeLoad = null);
        if (happens is not null)
            await happens();
        return await ledger.LoadAsync(right, tokens, cancellationToken);
    }

    public ValueTask<bool> CompleteLoadAsync(LoadRight right, CancellationToken cancellationToken) => ledger.CompleteLoadAsync(right, cancellationToken);

    public ValueTask AbandonLoadAsync(LoadRight right, CancellationToken cancellationToken) => ledger.AbandonLoadAsync(right, cancellationToken);

    public ValueTask<IReadOnlyList<LedgerTokenView>> TakeDirtyAsync(int limit, CancellationToken cancellationToken) => ledger.TakeDirtyAsync(limit, cancellationToken);

    public async ValueTask ConfirmWrittenAsync(IReadOnlyList<LedgerTokenView> written, CancellationToken cancellationToken)
    {
        var (happens, _) = (BeforeConfirm, BeforeConfirm = null);
        if (happens is not null)
            await happens();
        await ledger.ConfirmWrittenAsync(written, cancellationToken);
    }

    public ValueTask WantRefreshAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken) => ledger.WantRefreshAsync(tokenIds, cancellationToken);

    public ValueTask<int> WantStaleAsync(IReadOnlyList<string> pools, string scope, TimeSpan age, CancellationToken cancellationToken) =>
        ledger.WantStaleAsync(pools, scope, age, cancellationToken);

    public ValueTask<IReadOnlyList<RefreshClaim>> ClaimRefreshesAsync(int most, TimeSpan lifetime, CancellationToken cancellationToken) =>
        ledger.ClaimRefreshesAsync(most, lifetime, cancellationToken);

    public ValueTask<RefreshEnd> EndRefreshAsync(RefreshClaim claim, RefreshReport report, CancellationToken cancellationToken) =>
        ledger.EndRefreshAsync(claim, report, cancellationToken);

    public ValueTask<int> SweepAsync(CancellationToken cancellationToken) => ledger.SweepAsync(cancellationToken);
}
