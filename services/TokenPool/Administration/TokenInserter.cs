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
        var fingerprints = lines.Select(l => protector.Fingerprint(l.Secret)).ToArray();
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await TryInsertAsync(lines, fingerprints, cancellationToken);
            }
            catch (DbUpdateException) when (tries < MaxTries)
            {
                // Another import was faster with one of them: now it is found.
            }
        }
    }

    /// <summary>Says what would become of lines, and changes nothing.</summary>
    /// <param name="seen">Fingerprints of earlier lines; those of these are added.</param>
    public async Task<Dictionary<int, StoredLine>> LookAsync(IReadOnlyList<ImportLine> lines, HashSet<string> seen, CancellationToken cancellationToken)
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
            var outcome = !seen.Add(key) || (row is not null && keys.CanOpen(row.Secret)) ? ImportTokenResult.Types.Outcome.Duplicate
                : row is null ? ImportTokenResult.Types.Outcome.Added
                : ImportTokenResult.Types.Outcome.Revived;
            found[lines[i].Index] = new StoredLine(row, outcome);
        }

        return found;
    }

    private async Task<Dictionary<int, StoredLine>> TryInsertAsync(
        IReadOnlyList<ImportLine> lines, byte[][] fingerprints, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var rows = (await store.Tokens.Where(t => fingerprints.Contains(t.Fingerprint)).ToListAsync(cancellationToken))
            .ToDictionary(t => Convert.ToHexString(t.Fingerprint));

        var stored = new Dictionary<int, StoredLine>(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            var key = Convert.ToHexString(fingerprints[i]);
            if (!rows.TryGetValue(key, out var row))
            {
                rows[key] = row = NewRow(lines[i], fingerprints[i]);
                store.Tokens.Add(row);
                stored[lines[i].Index] = new StoredLine(row, ImportTokenResult.Types.Outcome.Added);
            }
            else if (row.Id != 0 && !keys.CanOpen(row.Secret))
            {
                Revive(row, lines[i]);
                stored[lines[i].Index] = new StoredLine(row, ImportTokenResult.Types.Outcome.Revived);
            }
            else
            {
                stored[lines[i].Index] = new StoredLine(row, ImportTokenResult.Types.Outcome.Duplicate);
            }
        }
        await store.SaveChangesAsync(cancellationToken);
        return stored;
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
}

/// <summary>The row of an imported line.</summary>
/// <param name="Row">Null: there is none, as the line was only tried.</param>
internal sealed record StoredLine(TokenRow? Row, ImportTokenResult.Types.Outcome Outcome);
