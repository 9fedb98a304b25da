using System.Collections.Concurrent;
using Google.Protobuf;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Protection;

namespace GrokForge.Upstream.Leases;

/// <summary>Opens the secrets of lent tokens, each once as long as it is encrypted the same way: a token in steady use costs no decryption per request. Bounded.</summary>
internal sealed class OpenedSecrets(SecretProtector protector)
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<long, Opened> _opened = new();

    /// <exception cref="System.Security.Cryptography.CryptographicException">The key is missing, or the secret was altered.</exception>
    public string Open(Grant grant)
    {
        if (_opened.TryGetValue(grant.TokenId, out var known) && known.Protected.Equals(grant.ProtectedSecret))
            return known.Secret;

        var secret = protector.Unprotect(grant.ProtectedSecret.Span);
        if (_opened.Count >= Most)
            _opened.Clear();
        _opened[grant.TokenId] = new Opened(grant.ProtectedSecret, secret);
        return secret;
    }

    private sealed record Opened(ByteString Protected, string Secret);
}
