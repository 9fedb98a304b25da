using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// By what a conversation is known again, so that its requests prefer one token: prompt_cache_key, the header x-session-id, user, or how it began; within its key.
/// Only a hash leaves the gateway.
/// </summary>
internal static class ConversationSignal
{
    public const string Header = "x-session-id";

    private const int Scope = sizeof(long) + 1;

    // A hash of one piece costs half of one that is put together.
    private const int MostCopied = 1024;

    /// <summary>The signal; empty: none, or nobody asks for one.</summary>
    public static string Of(HttpContext context, PassedBody? body, ReadOnlySpan<byte> bytes, TokenOptions options)
    {
        if (options.AffinityTtlSeconds <= 0)
            return "";
        var key = context.Features.Get<RequestKey>()?.Id ?? 0;
        if (body is { CacheKey.Length: > 0 })
            return Hash(key, Kind.CacheKey, body.CacheKey);
        if (context.Request.Headers[Header].ToString() is { Length: > 0 } session)
            return Hash(key, Kind.Session, session);
        if (body is { User.Length: > 0 })
            return Hash(key, Kind.User, body.User);
        return body is { Beginning.Length: > 0 } ? Hash(key, Kind.Beginning, bytes.Slice(body.Beginning.Start, body.Beginning.Length)) : "";
    }

    private static string Hash(long key, Kind kind, string text) => Hash(key, kind, Encoding.UTF8.GetBytes(text));

    private static string Hash(long key, Kind kind, ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> start = stackalloc byte[Scope + MostCopied];
        BinaryPrimitives.WriteInt64LittleEndian(start, key);
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

    private enum Kind : byte
    {
        CacheKey,
        Session,
        User,
        Beginning,
    }
}
