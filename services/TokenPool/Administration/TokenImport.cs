using System.Runtime.CompilerServices;
using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.TokenPool.Administration;

/// <summary>Imports tokens line by line, in batches: clean, store what is new, lend it from then on, answer one result per line.</summary>
internal sealed class TokenImport(TokenInserter inserter, LedgerSource source, ILedger ledger, TokenStateAnnouncer announcer, LedgerHome home)
{
    private const int BatchSize = 500;

    public async IAsyncEnumerable<ImportTokenResult> ImportAsync(
        IAsyncEnumerable<ImportTokenLine> lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<ImportLine>(BatchSize);
        var index = 0;
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            batch.Add(ImportLine.Read(index++, line));
            if (batch.Count < BatchSize)
                continue;
            foreach (var result in await ImportAsync(batch, cancellationToken))
                yield return result;
            batch.Clear();
        }
        foreach (var result in await ImportAsync(batch, cancellationToken))
            yield return result;
    }

    private async Task<IEnumerable<ImportTokenResult>> ImportAsync(IReadOnlyList<ImportLine> batch, CancellationToken cancellationToken)
    {
        var stored = await inserter.InsertAsync([.. batch.Where(l => l.Problem.Length == 0)], cancellationToken);
        var news = stored.Values.Where(s => s.IsNew).Select(s => s.Row).DistinctBy(r => r.Id);
        foreach (var rows in news.Chunk(home.BatchSize))
        {
            await ledger.PutAsync(source.Loadable(rows), cancellationToken);
            foreach (var row in rows)
                announcer.Changed(row.Id);
        }
        return batch.Select(line => ResultOf(line, stored));
    }

    private static ImportTokenResult ResultOf(ImportLine line, Dictionary<int, StoredLine> stored)
    {
        var result = new ImportTokenResult { Index = line.Index, Masked = TokenKeys.Mask(line.Secret) };
        if (stored.TryGetValue(line.Index, out var found))
        {
            result.TokenId = found.Row.Id;
            result.Outcome = found.Outcome;
        }
        else
        {
            result.Outcome = ImportTokenResult.Types.Outcome.Invalid;
            result.Message = line.Problem;
        }
        return result;
    }
}
