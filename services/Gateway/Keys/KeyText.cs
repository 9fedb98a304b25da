using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace GrokForge.Gateway.Keys;

/// <summary>The clear text of a virtual key: <c>gf-</c> and 48 lower-case hex digits.</summary>
internal static class KeyText
{
    private const string Prefix = "gf-";
    private const int Length = 51;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static string Create() => Prefix + RandomNumberGenerator.GetHexString(48, lowercase: true);

    public static bool IsWellFormed(ReadOnlySpan<char> text) =>
        text.Length == Length && text.StartsWith(Prefix, StringComparison.Ordinal) && !text[Prefix.Length..].ContainsAnyExcept(Hex);

    public static byte[] Hash(ReadOnlySpan<char> wellFormed)
    {
        Span<byte> bytes = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(wellFormed, bytes);
        return SHA256.HashData(bytes);
    }

    public static string Mask(string key) => $"{key[..4]}...{key[^4..]}";
}
