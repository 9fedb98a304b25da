using System.Collections.Concurrent;
using System.Security.Cryptography;
using GrokForge.ServiceDefaults.Protection;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Knows which stored secrets this installation can open, and says once which key is missing for the others.</summary>
internal sealed partial class TokenKeys(SecretProtector protector, ILogger<TokenKeys> logger)
{
    private static ReadOnlySpan<byte> DataProtectionHeader => [0x09, 0xF0, 0xC9, 0xF0];

    private readonly ConcurrentDictionary<Guid, bool> _readable = new();
    private bool _unknownKeySaid;

    /// <summary>Whether the secret can be opened. One secret per key is tried; the others of that key are taken to be the same.</summary>
    public bool CanOpen(byte[] secret)
    {
        var key = KeyOf(secret);
        if (key == Guid.Empty)
            return CanOpenAlone(secret);
        if (_readable.TryGetValue(key, out var readable))
            return readable;
        readable = Open(secret) is not null;
        if (_readable.TryAdd(key, readable) && !readable)
            Log.KeyMissing(logger, key);
        return readable;
    }

    /// <returns>Null where it cannot be opened.</returns>
    public string? Open(byte[] secret)
    {
        try
        {
            return protector.Unprotect(secret);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>First 4 + **** + last 4 characters; **** where the secret cannot be opened or is too short.</summary>
    public string Mask(byte[] secret) => Mask(Open(secret));

    public static string Mask(string? secret) => secret is { Length: >= 12 } ? $"{secret[..4]}****{secret[^4..]}" : "****";

    /// <summary>Tries missing keys again: the ring may have been brought back.</summary>
    public void Reconsider()
    {
        foreach (var (key, readable) in _readable)
        {
            if (!readable)
                _readable.TryRemove(key, out _);
        }
    }

    private bool CanOpenAlone(byte[] secret)
    {
        var readable = Open(secret) is not null;
        if (!readable && !Interlocked.Exchange(ref _unknownKeySaid, true))
            Log.UnknownKey(logger);
        return readable;
    }

    // A payload of Data Protection starts with a magic number and the id of its key.
    private static Guid KeyOf(byte[] secret) =>
        secret.Length >= 20 && secret.AsSpan().StartsWith(DataProtectionHeader) ? new Guid(secret.AsSpan(4, 16)) : Guid.Empty;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error,
            "Tokens encrypted with key {KeyId} cannot be opened: that key is not in the key ring, or GROKFORGE_MASTER_KEY is not the one that wraps it. "
            + "They stay as they are and are not lent until the key is back and the process was started again.")]
        public static partial void KeyMissing(ILogger logger, Guid keyId);

        [LoggerMessage(2, LogLevel.Error,
            "A stored token cannot be opened and does not say which key it was encrypted with. It stays as it is and is not lent. Import it again to repair it.")]
        public static partial void UnknownKey(ILogger logger);
    }
}
