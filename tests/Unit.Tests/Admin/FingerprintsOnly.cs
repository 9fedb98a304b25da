using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Protection;

namespace GrokForge.Unit.Tests.Admin;

/// <summary>A protector for code that only fingerprints.</summary>
internal sealed class FingerprintsOnly : SecretProtector
{
    public override byte[] Protect(string secret) => throw new NotSupportedException();

    public override string Unprotect(ReadOnlySpan<byte> protectedSecret) => throw new NotSupportedException();

    public override byte[] Fingerprint(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
