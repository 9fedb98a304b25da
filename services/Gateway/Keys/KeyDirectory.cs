using System.Collections.Concurrent;
using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Gateway.Keys;

/// <summary>Finds virtual keys by their hash: from memory for at most 30 s (5 s where no bus tells of changes), else from the database. Changes drop what they outdate, at once and on every replica.</summary>
internal sealed partial class KeyDirectory(StoreReader stores, BusReach bus, TimeProvider time, ILogger<KeyDirectory> logger)
{
    private static readonly TimeSpan GraceWithoutDatabase = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5);

    private readonly TwoGenerationCache<KeyHash, Entry> _found = new(20_000, EqualityComparer<KeyHash>.Default);
    private readonly TwoGenerationCache<KeyHash, Entry> _missing = new(20_000, EqualityComparer<KeyHash>.Default);
    private readonly TwoGenerationCache<KeyHash, long> _newestChange = new(20_000, EqualityComparer<KeyHash>.Default);
    private readonly ConcurrentDictionary<KeyHash, Task<KnownKey?>> _reading = new();

    /// <summary>Answers from memory alone. <paramref name="key"/> is null where the key is known not to exist.</summary>
    public bool TryFind(KeyHash hash, out KnownKey? key)
    {
        if ((_found.TryGet(hash, out var entry) || _missing.TryGet(hash, out entry)) && time.GetElapsedTime(entry.ReadAt) < bus.CacheLifetime)
        {
            key = entry.Key;
            return true;
        }

        key = null;
        return false;
    }

    /// <summary>Whether this key existed when it was last read, however long ago.</summary>
    public bool HasSeen(KeyHash hash) => _found.TryGet(hash, out _);

    /// <summary>Whether somebody is reading this key right now.</summary>
    public bool IsBeingRead(KeyHash hash) => _reading.ContainsKey(hash);

    /// <summary>Reads the key from the database, once for all who ask at the same time. Throws a <see cref="DatabaseFault"/> where that is away and nothing is remembered.</summary>
    public async Task<KnownKey?> ReadAsync(KeyHash hash, CancellationToken cancellationToken)
    {
        var reading = _reading.GetOrAdd(hash, static (h, self) => self.FillAsync(h), this);
        try
        {
            return await reading.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFault.Is(e))
        {
            if (Remembered(hash) is not { } known)
                throw;

            Log.DatabaseAway(logger, known.Key.Id, e);
            return known;
        }
        finally
        {
            // A read that ended before it was kept here would be answered with for ever.
            if (reading.IsCompleted)
                _reading.TryRemove(new KeyValuePair<KeyHash, Task<KnownKey?>>(hash, reading));
        }
    }

    /// <summary>Forgets a key that was changed to <paramref name="version"/>; reads that began before the change are not remembered.</summary>
    public void Drop(KeyHash hash, long version)
    {
        if (!_newestChange.TryGet(hash, out var newest) || newest < version)
            _newestChange.Set(hash, version);
        _reading.TryRemove(hash, out _);
        _found.Remove(hash);
        _missing.Remove(hash);
    }

    private async Task<KnownKey?> FillAsync(KeyHash hash)
    {
        // The read serves everybody who waits for it, so no single request may cancel it.
        await Task.Yield();
        using var limit = new CancellationTokenSource(ReadLimit, time);
        try
        {
            var rows = await stores.ReadAsync(
                $"SELECT {KnownKey.Columns} FROM {stores.Table(GatewayStore.Schema, VirtualKey.Table)} WHERE hash = @hash",
                [("hash", hash.ToBytes())], KnownKey.Read, limit.Token);
            var known = rows is [var row] ? row : null;
            Remember(hash, known);
            return known;
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException("The database did not answer a key look-up in time.", e);
        }
        finally
        {
            _reading.TryRemove(hash, out _);
        }
    }

    private void Remember(KeyHash hash, KnownKey? known)
    {
        var cache = known is null ? _missing : _found;
        cache.Set(hash, new Entry(known, time.GetTimestamp()));
        // A key that is gone, or came, is no longer what an older read said.
        (known is null ? _found : _missing).Remove(hash);
        // Checked after the entry is in place: a change that comes now removes the entry itself.
        if (_newestChange.TryGet(hash, out var newest) && (known?.Version ?? 0) < newest)
            cache.Remove(hash);
    }

    private KnownKey? Remembered(KeyHash hash) =>
        _found.TryGet(hash, out var entry) && time.GetElapsedTime(entry.ReadAt) < GraceWithoutDatabase ? entry.Key : null;

    private readonly record struct Entry(KnownKey? Key, long ReadAt);

    private static partial class Log
    {
        [LoggerMessage(4101, LogLevel.Warning, "The database is away; key {KeyId} is let in as it was last read.")]
        public static partial void DatabaseAway(ILogger logger, long keyId, Exception exception);
    }
}
