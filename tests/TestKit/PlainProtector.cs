using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Protection;

namespace GrokForge.TestKit;

/// <summary>Protects nothing: for tests of what is done with secrets, not of how they are kept.</summary>
public sealed class PlainProtector : SecretProtector
{
    private const byte Mark = 0x50;

    public override byte[] Protect(string secret) => [Mark, .. Encoding.UTF8.GetBytes(secret)];

    public override string Unprotect(ReadOnlySpan<byte> protectedSecret) =>
        protectedSecret.Length > 0 && protectedSecret[0] == Mark ? Encoding.UTF8.GetString(protectedSecret[1..]) : throw new CryptographicException("The key is missing.");

    public override byte[] Fingerprint(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
