using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GrokForge.Admin.Store;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Admin.Passwords;

/// <summary>The admin's password: <c>app.app_key</c>, or while that is empty one that is generated once for the installation and kept as a slow hash.</summary>
internal sealed class AdminPassword(
    IDbContextFactory<AdminStore> stores, StoreReader reader, CurrentSettings settings, SecretProtector protector, TimeProvider time) : IDisposable
{
    private const string Prefix = "gf_bootstrap_";
    private static readonly byte[] CacheKey = RandomNumberGenerator.GetBytes(32);

    private readonly SemaphoreSlim _oneSlowHash = new(1);
    private Verified? _verified;

    /// <summary>Why a reset is refused while <c>app.app_key</c> is set.</summary>
    public const string IsSetElsewhere = "app.app_key is set; change it there.";

    /// <summary>Whether the password is <c>app.app_key</c>, so that a generated one would not count.</summary>
    public bool IsAppKey => settings.Current.App.AppKey.Length > 0;

    /// <summary>Sets a new generated password, which ends all sessions, and answers it. It counts while <c>app.app_key</c> is empty.</summary>
    public async Task<string> ResetAsync(CancellationToken cancellationToken)
    {
        var password = Generate();
        var hash = SlowHash.Of(password);
        try
        {
            await ReplaceAsync(hash, cancellationToken);
        }
        catch (DbUpdateException)
        {
            // Another replica stored the first password meanwhile: now there is a row to change.
            await ReplaceAsync(hash, cancellationToken);
        }

        return password;
    }

    public void Dispose() => _oneSlowHash.Dispose();

    /// <summary>Generates the password where <c>app.app_key</c> is empty and the installation has none. Answers it to the one replica that stored it, null else.</summary>
    public async Task<string?> EnsureAsync(CancellationToken cancellationToken)
    {
        if (IsAppKey || await StoredHashAsync(cancellationToken) is not null)
            return null;

        var password = Generate();
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        store.Passwords.Add(NewRow(SlowHash.Of(password)));
        try
        {
            await store.SaveChangesAsync(cancellationToken);
            return password;
        }
        catch (DbUpdateException)
        {
            // Another replica stored one first, unless it is the database that fails.
            if (await StoredHashAsync(cancellationToken) is null)
                throw;
            return null;
        }
    }

    /// <param name="isLockedOut">Asked again when a slow check's turn comes.</param>
    public async Task<bool> IsRightAsync(string presented, Func<bool> isLockedOut, CancellationToken cancellationToken)
    {
        if (settings.Current.App.AppKey is { Length: > 0 } appKey)
            return CryptographicOperations.FixedTimeEquals(Digest(presented), Digest(appKey));

        if (await StoredHashAsync(cancellationToken) is not { } stored)
            return false;
        if (WasVerified(presented, stored))
            return true;

        // One at a time: guesses must not take the machine's processors.
        await _oneSlowHash.WaitAsync(cancellationToken);
        try
        {
            if (isLockedOut() || !SlowHash.Matches(presented, stored))
                return false;

            Volatile.Write(ref _verified, new Verified(stored, Digest(presented)));
            return true;
        }
        finally
        {
            _oneSlowHash.Release();
        }
    }

    /// <summary>A fingerprint of the password in force; null where there is none yet.</summary>
    public async Task<byte[]?> StampAsync(CancellationToken cancellationToken)
    {
        if (settings.Current.App.AppKey is { Length: > 0 } appKey)
            return protector.Fingerprint("admin session by app_key: " + appKey);

        return await StoredHashAsync(cancellationToken) is { } stored ? protector.Fingerprint("admin session by hash: " + stored) : null;
    }

    private async Task ReplaceAsync(string hash, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        if (await store.Passwords.FindAsync([StoredPassword.OnlyId], cancellationToken) is { } row)
            (row.Hash, row.CreatedAt) = (hash, time.GetUtcNow());
        else
            store.Passwords.Add(NewRow(hash));
        await store.SaveChangesAsync(cancellationToken);
        await store.Sessions.ExecuteDeleteAsync(cancellationToken);
    }

    private async Task<string?> StoredHashAsync(CancellationToken cancellationToken)
    {
        var hashes = await reader.ReadAsync(
            $"SELECT hash FROM {reader.Table(AdminStore.Schema, StoredPassword.Table)} WHERE id = @id", [("id", StoredPassword.OnlyId)], static row => row.Text(0), cancellationToken);
        return hashes is [var hash] ? hash : null;
    }

    private StoredPassword NewRow(string hash) => new() { Id = StoredPassword.OnlyId, Hash = hash, CreatedAt = time.GetUtcNow() };

    private bool WasVerified(string presented, string stored) =>
        Volatile.Read(ref _verified) is { } verified && verified.Stored == stored && CryptographicOperations.FixedTimeEquals(verified.Digest, Digest(presented));

    // Keyed per process, so that what is kept in memory is worth nothing elsewhere.
    private static byte[] Digest(string password) => HMACSHA256.HashData(CacheKey, Encoding.UTF8.GetBytes(password));

    private static string Generate() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));

    private sealed record Verified(string Stored, byte[] Digest);
}
