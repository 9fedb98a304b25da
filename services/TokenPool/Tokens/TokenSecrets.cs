using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Finds the encrypted secret of a lent token without asking the database each time. Bounded; the oldest entry goes first.</summary>
internal sealed class TokenSecrets(IDbContextFactory<TokenStore> stores)
{
    // About 30 MB when full. A secret never changes under its id except by a revival, which says so here.
    private const int Capacity = 50_000;

    // What a long import may add before it is lent: enough for most pools to go on without their database.
    private const int Ample = 10_000;

    private readonly ConcurrentDictionary<long, ByteString> _known = new();
    private readonly ConcurrentQueue<long> _order = new();
    private long _forgotten;

    /// <summary>Whether so few are kept that one more, which nobody has asked for yet, is worth its memory.</summary>
    public bool HasAmpleRoom => _order.Count < Ample;

    /// <returns>Null where the token no longer exists.</returns>
    public ValueTask<ByteString?> FindAsync(long tokenId, CancellationToken cancellationToken) =>
        _known.TryGetValue(tokenId, out var secret) ? ValueTask.FromResult<ByteString?>(secret) : ReadAsync(tokenId, cancellationToken);

    public void Remember(long tokenId, byte[] secret)
    {
        var wrapped = UnsafeByteOperations.UnsafeWrap(secret);
        if (!_known.TryAdd(tokenId, wrapped))
        {
            _known[tokenId] = wrapped;
            return;
        }
        _order.Enqueue(tokenId);
        while (_order.Count > Capacity && _order.TryDequeue(out var oldest))
            _known.TryRemove(oldest, out _);
    }

    public void Forget(long tokenId)
    {
        Interlocked.Increment(ref _forgotten);
        _known.TryRemove(tokenId, out _);
    }

    private async ValueTask<ByteString?> ReadAsync(long tokenId, CancellationToken cancellationToken)
    {
        var forgotten = Interlocked.Read(ref _forgotten);
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var secret = await store.Tokens.Where(t => t.Id == tokenId).Select(t => t.Secret).FirstOrDefaultAsync(cancellationToken);
        if (secret is null)
            return null;
        Remember(tokenId, secret);
        // A token that changed or was deleted while its row was read may have been read too early.
        if (Interlocked.Read(ref _forgotten) != forgotten)
            _known.TryRemove(tokenId, out _);
        return UnsafeByteOperations.UnsafeWrap(secret);
    }
}
