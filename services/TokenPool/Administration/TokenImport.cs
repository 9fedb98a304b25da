using System.Runtime.CompilerServices;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.TokenPool.Administration;

/// <summary>Imports tokens line by line, in batches: clean, store what is new, lend it from then on, answer one result per line.</summary>
internal sealed class TokenImport(TokenInserter inserter, LedgerEdits ledger, StopSignal stop, LedgerHome home, CurrentSettings settings)
{
    private const int BatchSize = 500;

    public async IAsyncEnumerable<ImportTokenResult> ImportAsync(
        IAsyncEnumerable<ImportTokenLine> lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<ImportLine>(BatchSize);
        var index = 0;
        var run = new ImportRun { Unread = settings.Current.Token.RefreshAfterImport };
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            batch.Add(ImportLine.Read(index++, line));
            if (batch.Count < BatchSize)
                continue;
            foreach (var result in await ImportAsync(batch, run, cancellationToken))
                yield return result;
            batch.Clear();
        }
        foreach (var result in await ImportAsync(batch, run, cancellationToken))
            yield return result;
    }

    private async Task<IEnumerable<ImportTokenResult>> ImportAsync(IReadOnlyList<ImportLine> batch, ImportRun run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (batch is [{ IsDryRun: true }, ..])
            return await TryAsync(batch, run.Tried, cancellationToken);

        // From here on the batch is carried through, also for a caller that has gone. Duplicates are looked at too: an earlier import may have been cut off.
        var stored = await ledger.CommitAsync(() => inserter.InsertAsync([.. batch.Where(l => l.Problem.Length == 0)], stop.StoppingPlusFive));
        foreach (var rows in stored.Values.Select(s => s.Row!).DistinctBy(r => r.Id).Chunk(home.BatchSize))
            await ledger.PutMissingAsync(rows, stop.StoppingPlusFive);
        await ledger.WantRefreshAsync(run.ToBeRead(stored.Values), stop.StoppingPlusFive);
        return batch.Select(line => ResultOf(line, stored));
    }

    private async Task<IEnumerable<ImportTokenResult>> TryAsync(IReadOnlyList<ImportLine> batch, SeenTokens tried, CancellationToken cancellationToken)
    {
        var found = await inserter.LookAsync([.. batch.Where(l => l.Problem.Length == 0)], tried, cancellationToken);
        return batch.Select(line => ResultOf(line, found));
    }

    private static ImportTokenResult ResultOf(ImportLine line, Dictionary<int, StoredLine> stored)
    {
        var result = new ImportTokenResult { Index = line.Index, Masked = TokenKeys.Mask(line.Secret), Pool = line.Pool };
        if (stored.TryGetValue(line.Index, out var found))
        {
            result.TokenId = found.Row?.Id ?? 0;
            result.Outcome = found.Outcome;
        }
        else
        {
            result.Outcome = ImportTokenResult.Types.Outcome.Invalid;
            result.Message = line.Problem;
        }
        return result;
    }

    /// <summary>What an import remembers from batch to batch.</summary>
    private sealed class ImportRun
    {
        /// <summary>Tokens that a dry run has met so far.</summary>
        public SeenTokens Tried { get; } = new();

        /// <summary>Tokens whose windows may still be read at once.</summary>
        public int Unread { get; set; }

        public long[] ToBeRead(IEnumerable<StoredLine> stored)
        {
            long[] ids = [.. stored.Where(s => s.Outcome is not ImportTokenResult.Types.Outcome.Duplicate).Select(s => s.Row!.Id).Take(Unread)];
            Unread -= ids.Length;
            return ids;
        }
    }
}
