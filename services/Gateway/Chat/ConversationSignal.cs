using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// By what a conversation is known again, so that its requests prefer one token: prompt_cache_key, the header x-session-id, user, or how it began; within its key.
/// Only a hash leaves the gateway.
/// </summary>
internal static class ConversationSignal
{
    public const string Header = "x-session-id";

    /// <summary>The signal; empty: none, or nobody asks for one.</summary>
    public static string Of(HttpContext context, PassedBody? body, ReadOnlySpan<byte> bytes, TokenOptions options)
    {
        if (options.AffinityTtlSeconds <= 0)
            return "";
        var key = context.Features.Get<RequestKey>()?.Id ?? 0;
        if (body is { CacheKey.Length: > 0 })
            return ConversationMark.Of(key, ConversationKind.CacheKey, body.CacheKey);
        if (context.Request.Headers[Header].ToString() is { Length: > 0 } session)
            return ConversationMark.Of(key, ConversationKind.Session, session);
        if (body is { User.Length: > 0 })
            return ConversationMark.Of(key, ConversationKind.User, body.User);
        return body is { Beginning.Length: > 0 } ? ConversationMark.Of(key, ConversationKind.Beginning, bytes.Slice(body.Beginning.Start, body.Beginning.Length)) : "";
    }
}
