using System.Security.Cryptography;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>Encrypts secrets at rest and fingerprints them so that they can be found again.</summary>
public abstract class SecretProtector
{
    /// <summary>Encrypts; the answer differs on every call.</summary>
    public abstract byte[] Protect(string secret);

    /// <summary>Decrypts. Throws <see cref="CryptographicException"/> where the key is missing or the text was altered.</summary>
    public abstract string Unprotect(ReadOnlySpan<byte> protectedSecret);

    /// <summary>Decrypts; null where the key is missing or the text was altered.</summary>
    public string? TryUnprotect(ReadOnlySpan<byte> protectedSecret)
    {
        try
        {
            return Unprotect(protectedSecret);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>A keyed, stable fingerprint of 32 bytes, the same in every process of one installation.</summary>
    public abstract byte[] Fingerprint(string secret);
}
