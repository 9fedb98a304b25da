using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Administration;

/// <summary>
/// Changes and deletes tokens: first the row, then the ledger, where the change is in force at once. From the first write on the request may go; the change is
/// carried through without it.
/// </summary>
internal sealed class TokenEdits(IDbContextFactory<TokenStore> stores, LedgerEdits ledger, CurrentCatalog catalog, StopSignal stop, TimeProvider time)
{
    private const int MaxTries = 5;

    public async Task UpdateAsync(UpdateTokenRequest request, CancellationToken cancellationToken)
    {
        var edit = new TokenEdit(request);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            // Asked first: without the ledger nothing is written that it would not hear of.
            var live = await ledger.FindAsync(request.Id, cancellationToken);
            await using var store = await stores.CreateDbContextAsync(cancellationToken);
            var row = await store.Tokens.FirstOrDefaultAsync(t => t.Id == request.Id, cancellationToken) ?? throw AdminErrors.NotFound(request.Id);

            // Written between both reads, unless it stays so: then the ledger is an old copy that came back.
            var isBehind = live?.Rev < row.Rev;
            if (isBehind && live?.Generation == row.Generation && tries < MaxTries - 1)
                continue;

            // A ledger that has not heard of the edit before this one, or of what the row has seen, knows nothing to go by.
            if (isBehind || live?.Generation < row.Generation)
                live = null;
            row.Rev = Math.Max(row.Rev, live?.Rev ?? 0);
            var token = edit.Apply(row, live, catalog.Current, time.GetUtcNow());
            try
            {
                await ledger.CommitAsync(() => store.SaveChangesAsync(stop.StoppingPlusFive));
            }
            catch (DbUpdateConcurrencyException)
            {
                continue;
            }
            await ledger.PutAsync([row], [token], stop.StoppingPlusFive);
            if (request.HasPool)
                await ledger.WantRefreshAsync([row.Id], stop.StoppingPlusFive);
            return;
        }
        throw AdminErrors.ChangedMeanwhile(request.Id);
    }

    public async Task DeleteAsync(long id, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (await ledger.CommitAsync(() => store.Tokens.Where(t => t.Id == id).ExecuteDeleteAsync(stop.StoppingPlusFive)) == 0)
            throw AdminErrors.NotFound(id);
        await ledger.RemoveAsync(id, stop.StoppingPlusFive);
    }
}
