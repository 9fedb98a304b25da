using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Administration;

/// <summary>
/// Puts edits in force in the ledger and tells the other processes. The rows are the truth: where the ledger fails, it is doubted, and brought in line with
/// them as soon as it answers.
/// </summary>
internal sealed class LedgerEdits(ILedger ledger, LedgerSource source, LedgerGhosts ghosts, LedgerTuning tuning, TokenStateAnnouncer announcer)
{
    public async ValueTask<LedgerTokenView?> FindAsync(long id, CancellationToken cancellationToken) =>
        await ledger.ReadAsync([id], cancellationToken) is [var view] ? view : null;

    /// <summary>Writes rows. A write that fails may have reached the database all the same.</summary>
    public async Task<T> CommitAsync<T>(Func<Task<T>> commit)
    {
        try
        {
            return await commit();
        }
        catch (Exception e) when (e is not DbUpdateConcurrencyException)
        {
            tuning.Doubt();
            throw;
        }
    }

    /// <summary>Puts changed tokens in force, those of them whose secret can be opened.</summary>
    public async Task PutAsync(IReadOnlyList<TokenRow> rows, IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken)
    {
        var loadable = rows.Where(source.IsLoadable).Select(r => r.Id).ToHashSet();
        await TryAsync(async () =>
        {
            await ledger.PutAsync([.. tokens.Where(t => loadable.Contains(t.Id))], cancellationToken);
            await ghosts.RemoveAsync([.. loadable], cancellationToken);
        });
        foreach (var row in rows)
            announcer.Changed(row.Id);
    }

    /// <summary>Puts stored tokens in force that are new, or that the ledger has missed.</summary>
    public async Task PutMissingAsync(IReadOnlyList<TokenRow> rows, CancellationToken cancellationToken)
    {
        IReadOnlyList<TokenRow> missing = [];
        await TryAsync(async () =>
        {
            var known = (await ledger.ReadAsync([.. rows.Select(r => r.Id)], cancellationToken)).ToDictionary(v => v.Id, v => v.Generation);
            missing = [.. rows.Where(r => !known.TryGetValue(r.Id, out var generation) || generation < r.Generation)];
        });
        // A long import would else fill the memory with secrets that nobody asks for.
        await PutAsync(missing, source.Loadable(missing, remembers: false), cancellationToken);
    }

    /// <summary>Has the windows of tokens read that are new here, or in another pool.</summary>
    public Task WantRefreshAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        ids.Count == 0 ? Task.CompletedTask : TryAsync(async () => await ledger.WantRefreshAsync(ids, cancellationToken));

    public async Task RemoveAsync(long id, CancellationToken cancellationToken)
    {
        await TryAsync(() => ghosts.ForgetAsync([id], cancellationToken));
        announcer.Changed(id);
    }

    private async Task TryAsync(Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (Exception e) when (Outage.Is(e))
        {
            tuning.Doubt();
        }
        catch (OperationCanceledException)
        {
            tuning.Doubt();
            throw;
        }
    }
}
