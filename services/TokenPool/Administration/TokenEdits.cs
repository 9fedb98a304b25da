using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Administration;

/// <summary>Changes and deletes tokens: first the row, then the ledger, where the change is in force at once.</summary>
internal sealed class TokenEdits(IDbContextFactory<TokenStore> stores, LedgerEdits ledger, CurrentCatalog catalog, TimeProvider time)
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
            var token = edit.Apply(row, live, catalog.Current, time.GetUtcNow());
            try
            {
                await store.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateConcurrencyException)
            {
                continue;
            }
            await ledger.PutAsync(row, token, cancellationToken);
            return;
        }
        throw AdminErrors.ChangedMeanwhile(request.Id);
    }

    public async Task DeleteAsync(long id, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        if (await store.Tokens.Where(t => t.Id == id).ExecuteDeleteAsync(cancellationToken) == 0)
            throw AdminErrors.NotFound(id);
        await ledger.RemoveAsync(id, cancellationToken);
    }
}

/// <summary>Puts edits in force in the ledger and tells the other processes.</summary>
internal sealed class LedgerEdits(ILedger ledger, TokenKeys keys, TokenSecrets secrets, TokenStateAnnouncer announcer)
{
    public async ValueTask<LedgerTokenView?> FindAsync(long id, CancellationToken cancellationToken) =>
        await ledger.ReadAsync([id], cancellationToken) is [var view] ? view : null;

    public async Task PutAsync(TokenRow row, LedgerToken token, CancellationToken cancellationToken)
    {
        if (keys.CanOpen(row.Secret))
            await ledger.PutAsync([token], cancellationToken);
        announcer.Changed(row.Id);
    }

    public async Task RemoveAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            await ledger.RemoveAsync([id], cancellationToken);
        }
        catch (Exception e) when (Outage.OfLedger(e))
        {
            // The row is gone, and with it the secret: whoever borrows it in vain makes the ledger forget it.
        }
        secrets.Forget(id);
        announcer.Changed(id);
    }
}
