using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Administration;

/// <summary>Stores imported lines, encrypted; finds those that are there already by their fingerprint.</summary>
internal sealed class TokenInserter(
    IDbContextFactory<TokenStore> stores, SecretProtector protector, TokenKeys keys, CurrentCatalog catalog, TimeProvider time)
{
    private const int MaxTries = 3;

    /// <returns>What became of each line, by its index.</returns>
    public async Task<Dictionary<int, StoredLine>> InsertAsync(IReadOnlyList<ImportLine> lines, CancellationToken cancellationToken)
    {
        if (lines.Count == 0)
            return [];
        var ofLine = new string[lines.Count];
        var open = new Dictionary<string, NewLine>(lines.Count, StringComparer.Ordinal);
        for (var i = 0; i < ofLine.Length; i++)
        {
            var fingerprint = protector.Fingerprint(lines[i].Secret);
            var key = ofLine[i] = Convert.ToHexString(fingerprint);
            if (!open.ContainsKey(key))
                open[key] = new NewLine(lines[i], NewRow(lines[i], fingerprint));
        }

        var done = new Dictionary<string, StoredLine>(open.Count, StringComparer.Ordinal);
        for (var tries = 1; open.Count > 0; tries++)
        {
            try
            {
                await TryInsertAsync(open, done, cancellationToken);
            }
            catch (DbUpdateException) when (tries < MaxTries)
            {
                // Somebody changed or deleted a row that was to be revived: it is looked at again.
            }
        }

        var stored = new Dictionary<int, StoredLine>(lines.Count);
        for (var i = 0; i < ofLine.Length; i++)
        {
            var line = stored[lines[i].Index] = done[ofLine[i]];
            // Where it stands in the batch once more, that is the same token again.
            done[ofLine[i]] = line with { Outcome = ImportTokenResult.Types.Outcome.Duplicate };
        }

        return stored;
    }

    /// <summary>Says what would become of lines, and changes nothing.</summary>
    /// <param name="seen">Tokens of earlier lines; those of these are added.</param>
    public async Task<Dictionary<int, StoredLine>> LookAsync(IReadOnlyList<ImportLine> lines, SeenTokens seen, CancellationToken cancellationToken)
    {
        var fingerprints = lines.Select(l => protector.Fingerprint(l.Secret)).ToArray();
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var rows = (await store.Tokens.AsNoTracking().Where(t => fingerprints.Contains(t.Fingerprint)).ToListAsync(cancellationToken))
            .ToDictionary(t => Convert.ToHexString(t.Fingerprint));

        var found = new Dictionary<int, StoredLine>(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            var key = Convert.ToHexString(fingerprints[i]);
            var row = rows.GetValueOrDefault(key);
            var outcome = !seen.Add(fingerprints[i]) || (row is not null && keys.CanOpen(row.Secret)) ? ImportTokenResult.Types.Outcome.Duplicate
                : row is null ? ImportTokenResult.Types.Outcome.Added
                : ImportTokenResult.Types.Outcome.Revived;
            found[lines[i].Index] = new StoredLine(row, outcome);
        }

        return found;
    }

    /// <summary>Inserts what is new and looks at what is not; moves from <paramref name="open"/> to <paramref name="done"/> what became of either. Deleted meanwhile, a line stays open.</summary>
    private async Task TryInsertAsync(Dictionary<string, NewLine> open, Dictionary<string, StoredLine> done, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        await TokenInsert.WriteAsync(store, [.. open.Values.Select(l => l.Row)], cancellationToken);
        foreach (var (key, line) in open)
        {
            if (line.Row.Id != 0)
                done[key] = new StoredLine(line.Row, ImportTokenResult.Types.Outcome.Added);
        }
        foreach (var key in done.Keys)
            open.Remove(key);
        if (open.Count == 0)
            return;

        var fingerprints = open.Values.Select(l => l.Row.Fingerprint).ToArray();
        var found = new Dictionary<string, StoredLine>(open.Count, StringComparer.Ordinal);
        foreach (var row in await store.Tokens.Where(t => fingerprints.Contains(t.Fingerprint)).ToListAsync(cancellationToken))
        {
            var key = Convert.ToHexString(row.Fingerprint);
            var isLost = !keys.CanOpen(row.Secret);
            if (isLost)
                Revive(row, open[key].Line);
            found[key] = new StoredLine(row, isLost ? ImportTokenResult.Types.Outcome.Revived : ImportTokenResult.Types.Outcome.Duplicate);
        }
        await store.SaveChangesAsync(cancellationToken);
        foreach (var (key, line) in found)
        {
            done[key] = line;
            open.Remove(key);
        }
    }

    private TokenRow NewRow(ImportLine line, byte[] fingerprint)
    {
        var now = time.GetUtcNow();
        var row = new TokenRow
        {
            Secret = protector.Protect(line.Secret),
            Fingerprint = fingerprint,
            Pool = line.Pool,
            // The official API limits requests by time, not how many run at once.
            MaxInflight = line.Pool == Pools.Xai ? 0 : TokenRow.ConfiguredMaxInflight,
            Status = line.State,
            StatusReason = line.State == Ledger.TokenState.Active ? "" : "imported as disabled",
            Priority = line.Priority,
            Remark = line.Remark,
            CreatedAt = now,
            UpdatedAt = now,
        };
        row.SetQuotas(PoolQuotas.Defaults(line.Pool, catalog.Current));
        return row;
    }

    /// <summary>The key of the stored secret is lost, but here is the secret again.</summary>
    private void Revive(TokenRow row, ImportLine line)
    {
        row.Secret = protector.Protect(line.Secret);
        row.Generation++;
        row.UpdatedAt = time.GetUtcNow();
    }

    /// <summary>A line, and the row that it becomes unless its token is there already.</summary>
    private sealed record NewLine(ImportLine Line, TokenRow Row);
}

/// <summary>The row of an imported line.</summary>
/// <param name="Row">Null: there is none, as the line was only tried.</param>
internal sealed record StoredLine(TokenRow? Row, ImportTokenResult.Types.Outcome Outcome);
