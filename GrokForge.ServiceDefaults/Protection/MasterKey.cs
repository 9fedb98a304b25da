using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>The operator's key that wraps the key ring; null where none was given.</summary>
internal sealed class MasterKey
{
    public const string Variable = "GROKFORGE_MASTER_KEY";

    private readonly byte[] _secret;

    private MasterKey(byte[] secret) => _secret = secret;

    public static MasterKey? From(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : text.Length < 16 ? throw new StartRefusedException($"{Variable} is shorter than 16 characters. Set it to a long random text, the same for every service.")
        : new MasterKey(Encoding.UTF8.GetBytes(text));

    /// <summary>A key of 32 bytes for one purpose; other purposes tell nothing about it.</summary>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, 32, info: Encoding.UTF8.GetBytes($"grokforge {purpose}"));
}
