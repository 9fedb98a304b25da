using System.Globalization;
using System.Text.Json;
using GrokForge.Admin.Rim;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Admin.Routing;

/// <summary>The body of POST /admin/routing/explain.</summary>
/// <param name="Model">As clients name it.</param>
/// <param name="Key">The id of a virtual key, as a number or a text.</param>
/// <param name="Affinity">
/// What the conversation is known by: a text (its prompt_cache_key), or one of {"prompt_cache_key":…}, {"session_id":…} (the header x-session-id) and {"user":…}.
/// </param>
internal sealed record ExplainRequest(string? Model, JsonElement Key, JsonElement Affinity)
{
    /// <summary>What clients can send is not longer.</summary>
    private const int LongestAffinity = 16 * 1024;

    public static AdminError UnknownModel(string model) => AdminError.Bad("model_not_found", $"model: there is no model '{Short(model)}'. GET /admin/models lists those that there are.", "model");

    public static AdminError AffinityWithoutKey { get; } = AdminError.Bad("invalid_affinity", "affinity: conversations are known within their key; name it as key.", "affinity");

    public static AdminError UnknownKey(long id) => AdminError.Bad("apikey_not_found", $"key: there is no key {id}.", "key");

    /// <summary>Null: none is named.</summary>
    public (long? Id, AdminError? Error) ReadKey()
    {
        var text = Key.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String => Key.GetString(),
            _ => Key.GetRawText(),
        };
        if (text is null)
            return (null, null);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? (id, null)
            : (null, AdminError.Bad("invalid_key", "key: the id of a virtual key, as GET /admin/apikeys shows it.", "key"));
    }

    /// <summary>Null: none is named.</summary>
    public ((ConversationKind Kind, string Text)? Affinity, AdminError? Error) ReadAffinity()
    {
        switch (Affinity.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return (null, null);
            case JsonValueKind.String:
                return Checked(ConversationKind.CacheKey, Affinity.GetString());
            case JsonValueKind.Object when Affinity.EnumerateObject().ToList() is [{ Value.ValueKind: JsonValueKind.String } only]:
                ConversationKind? kind = only.Name switch
                {
                    "prompt_cache_key" => ConversationKind.CacheKey,
                    "session_id" => ConversationKind.Session,
                    "user" => ConversationKind.User,
                    _ => null,
                };
                return kind is { } known ? Checked(known, only.Value.GetString()) : (null, Impossible);
            default:
                return (null, Impossible);
        }
    }

    private static ((ConversationKind Kind, string Text)?, AdminError?) Checked(ConversationKind kind, string? text)
    {
        if (text is not { Length: > 0 and <= LongestAffinity })
            return (null, AdminError.Bad("invalid_affinity", $"affinity: 1 to {LongestAffinity} characters.", "affinity"));
        return ((kind, text), null);
    }

    private static AdminError Impossible { get; } = AdminError.Bad(
        "invalid_affinity", "affinity: a text (the conversation's prompt_cache_key), or an object with one text: prompt_cache_key, session_id or user.", "affinity");

    private static string Short(string text) => text.Length <= 64 ? text : $"{text[..64]}…";
}
