using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>
/// Takes tokens out of the ledger that are no longer stored: one that was deleted while it was being put, or by a process that died between both. Always asked
/// after a put: a deletion that comes later still takes its token out itself.
/// </summary>
internal sealed class LedgerGhosts(ILedger ledger, LedgerSource source, TokenSecrets secrets)
{
    public async Task RemoveAllAsync(CancellationToken cancellationToken) => await RemoveAsync(await ledger.IdsAsync(cancellationToken), cancellationToken);

    public async Task RemoveAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return;
        var stored = await source.StoredAsync(ids, cancellationToken);
        long[] gone = [.. ids.Where(id => !stored.Contains(id))];
        if (gone.Length > 0)
            await ForgetAsync(gone, cancellationToken);
    }

    /// <summary>Forgets tokens that were deleted.</summary>
    public async Task ForgetAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        // The secrets first: without one, whoever still borrows the token makes the ledger forget it.
        foreach (var id in ids)
            secrets.Forget(id);
        await ledger.RemoveAsync(ids, cancellationToken);
    }
}
