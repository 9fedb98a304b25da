using System.Runtime.InteropServices;

namespace GrokForge.Gateway.Keys;

/// <summary>A key's SHA-256 as a value that dictionaries compare without allocating.</summary>
internal readonly record struct KeyHash(long A, long B, long C, long D)
{
    public static KeyHash Of(ReadOnlySpan<byte> sha256)
    {
        var parts = MemoryMarshal.Cast<byte, long>(sha256);
        return new KeyHash(parts[0], parts[1], parts[2], parts[3]);
    }

    /// <summary>Reads the hexadecimal form that events carry; null where it is not one.</summary>
    public static KeyHash? Parse(string hex) => hex.Length == 64 && hex.All(char.IsAsciiHexDigit) ? Of(Convert.FromHexString(hex)) : null;

    public byte[] ToBytes()
    {
        var bytes = new byte[32];
        var parts = MemoryMarshal.Cast<byte, long>(bytes.AsSpan());
        (parts[0], parts[1], parts[2], parts[3]) = (A, B, C, D);
        return bytes;
    }
}
