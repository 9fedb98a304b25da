using System.Collections.Frozen;

namespace GrokForge.Contracts.Calls;

/// <summary>Who owns a conversation, who may call it, and which of its methods are sent again when a replica was unavailable.</summary>
/// <param name="Service">Full name in the proto.</param>
/// <param name="Retries">Further attempts by method; others are sent once.</param>
public sealed record CallRule(string Service, string Owner, IReadOnlyList<string> Callers, IReadOnlyDictionary<string, int> Retries);

/// <summary>The one table of who may call whom among the services.</summary>
public static class CallPolicy
{
    private static readonly FrozenDictionary<string, CallRule> ByService;

    private static readonly FrozenSet<string> Beginnings = FrozenSet.ToFrozenSet(["/grokforge.chat.UpstreamChat/Chat", "/grokforge.tokens.TokenLeasing/Borrow"], StringComparer.Ordinal);

    static CallPolicy()
    {
        Rules =
        [
            Rule("grokforge.tokens.TokenLeasing", "tokenpool", ["upstream"], ("Borrow", 3), ("Settle", 3), ("Renew", 3)),
            Rule("grokforge.tokens.TokenAdmin", "tokenpool", ["admin"], ("List", 3), ("Get", 3), ("Counts", 3), ("Explain", 3)),
            Rule("grokforge.chat.UpstreamChat", "upstream", ["gateway"], ("Chat", 1)),
            Rule("grokforge.imagine.UpstreamMedia", "upstream", ["gateway"]),
            Rule("grokforge.quotas.UpstreamQuotas", "upstream", ["tokenpool"], ("Read", 3)),
            Rule("grokforge.quotas.UpstreamProbes", "upstream", ["admin"]),
            Rule("grokforge.quotas.UpstreamModels", "upstream", ["gateway"], ("List", 3)),
            Rule("grokforge.settings.SettingsStore", "gateway", ["admin"], ("Get", 3)),
            Rule("grokforge.keys.VirtualKeys", "gateway", ["admin"], ("List", 3), ("Get", 3), ("Counts", 3)),
            Rule("grokforge.usage.UsageQueries", "gateway", ["admin"], ("List", 3)),
            Rule("grokforge.videojobs.VideoJobs", "gateway", ["upstream"]),
            Rule("grokforge.media.MediaStore", "mediacache", ["gateway", "upstream", "admin"], ("Stat", 3), ("List", 3)),
            Rule("grokforge.clearance.Clearances", "cfrefresh", ["upstream", "admin"], ("Current", 3)),
        ];
        ByService = Rules.ToFrozenDictionary(r => r.Service, StringComparer.Ordinal);
    }

    /// <summary>Every conversation between services.</summary>
    public static IReadOnlyList<CallRule> Rules { get; }

    /// <summary>Whether <paramref name="caller"/> may call a method such as /grokforge.tokens.TokenLeasing/Borrow. Unknown services: nobody.</summary>
    public static bool Allows(string caller, string method)
    {
        var end = method.LastIndexOf('/');
        return end > 1 && ByService.TryGetValue(method[1..end], out var rule) && rule.Callers.Contains(caller);
    }

    /// <summary>
    /// Whether <paramref name="method"/> begins work that a replica about to end leaves to the others: it is sent again by its caller. What goes on with
    /// work or ends it, such as Renew and Settle, is answered until the last moment.
    /// </summary>
    public static bool BeginsWork(string method) => Beginnings.Contains(method);

    private static CallRule Rule(string service, string owner, string[] callers, params (string Method, int Retries)[] retries) =>
        new(service, owner, callers, retries.ToFrozenDictionary(r => r.Method, r => r.Retries, StringComparer.Ordinal));
}
