using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GrokForge.ServiceDefaults.Models;

/// <summary>What a conversation is known again by.</summary>
public enum ConversationKind
{
    /// <summary>The client's prompt_cache_key.</summary>
    CacheKey,

    /// <summary>The header x-session-id.</summary>
    Session,

    /// <summary>The client's user.</summary>
    User,

    /// <summary>Its first messages.</summary>
    Beginning,
}

/// <summary>The mark by which services know a conversation again: a hash, within the key it belongs to.</summary>
public static class ConversationMark
{
    private const int Scope = sizeof(long) + 1;

    // A hash of one piece costs half of one that is put together.
    private const int MostCopied = 1024;

    public static string Of(long keyId, ConversationKind kind, string text) => Of(keyId, kind, Encoding.UTF8.GetBytes(text));

    public static string Of(long keyId, ConversationKind kind, ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> start = stackalloc byte[Scope + MostCopied];
        BinaryPrimitives.WriteInt64LittleEndian(start, keyId);
        start[sizeof(long)] = (byte)kind;
        if (value.Length <= MostCopied)
        {
            value.CopyTo(start[Scope..]);
            SHA256.HashData(start[..(Scope + value.Length)], hash);
            return Convert.ToHexStringLower(hash[..16]);
        }

        // It may hold pictures.
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(start[..Scope]);
        sha256.AppendData(value);
        sha256.GetHashAndReset(hash);
        return Convert.ToHexStringLower(hash[..16]);
    }
}
