using System.Text.Json.Serialization;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;

namespace GrokForge.Admin.Routing;

/// <summary>What would become of a request: which token each of its routes would borrow.</summary>
/// <param name="Refused">Why the key is not let in at all; null: it is, or none was named.</param>
/// <param name="Token">Of the first route that would be lent one; null: none would, or a draw decides.</param>
internal sealed record ExplanationJson(string Model, RefusedKeyJson? Refused, ExplainedTokenJson? Token, IReadOnlyList<RouteJson> Routes);

/// <summary>What a request with that key is told.</summary>
internal sealed record RefusedKeyJson(string Code, string Message);

/// <summary>One route of the model.</summary>
/// <param name="Pools">In the order to be tried.</param>
/// <param name="Mode">The quota window that is borrowed from; empty: none is counted.</param>
/// <param name="By">order, affinity or lot; null: nothing would be lent.</param>
/// <param name="Tokens">How many there are, of whatever pool.</param>
internal sealed record RouteJson(
    string Provider, IReadOnlyList<string> Pools, string Mode, string Algorithm, ExplainedTokenJson? Token, string? By, NoTokenJson? None, int Tokens, IReadOnlyList<SkippedJson> Skipped)
{
    public static RouteJson From(string provider, BorrowRequest wish, ExplainReply reply) => new(
        provider, [.. wish.Pools.Select(ServiceDefaults.Models.Pools.SeedName)], wish.Scope, reply.Algorithm, reply.Lent is { } lent ? ExplainedTokenJson.From(lent) : null,
        reply.None is not null ? null : reply.ByAffinity ? "affinity" : reply.ByLot ? "lot" : "order", reply.None is { } none ? NoTokenJson.From(none) : null, reply.Tokens,
        [.. reply.Skipped.Select(SkippedJson.From)]);
}

/// <summary>Why a route would be lent nothing.</summary>
internal sealed record NoTokenJson(string Reason, string Why, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RetryAfter)
{
    public static NoTokenJson From(NoToken none)
    {
        var (reason, why) = none.Reason switch
        {
            NoToken.Types.Reason.Exhausted => ("exhausted", "No token of these pools has units left."),
            NoToken.Types.Reason.Busy => ("busy", "Tokens with units are all at their cap of requests."),
            NoToken.Types.Reason.Rebuilding => ("rebuilding", "The token ledger is being loaded."),
            _ => ("no_such_pool", "These pools have no active token."),
        };
        return new NoTokenJson(reason, why, none.RetryAfterSeconds > 0 ? Math.Ceiling(none.RetryAfterSeconds) : null);
    }
}

/// <summary>Tokens that are skipped for one reason: how many, and some of them.</summary>
internal sealed record SkippedJson(string Reason, string Why, int Count, IReadOnlyList<ExplainedTokenJson> Tokens)
{
    public static SkippedJson From(SkippedTokens skipped)
    {
        var (reason, why) = WordsOf(skipped.Reason);
        return new SkippedJson(reason, why, skipped.Count, [.. skipped.Tokens.Select(ExplainedTokenJson.From)]);
    }

    private static (string Reason, string Why) WordsOf(SkippedTokens.Types.Reason reason) => reason switch
    {
        SkippedTokens.Types.Reason.Disabled => ("disabled", "Disabled."),
        SkippedTokens.Types.Reason.Expired => ("expired", "The upstream refused it as invalid or expired."),
        SkippedTokens.Types.Reason.Excluded => ("excluded", "The request has seen it refused already."),
        SkippedTokens.Types.Reason.OtherPool => ("other_pool", "In a pool that this model does not borrow from."),
        SkippedTokens.Types.Reason.NoMode => ("no_mode", "Its account does not have the mode."),
        SkippedTokens.Types.Reason.Exhausted => ("exhausted", "No units left in the mode."),
        SkippedTokens.Types.Reason.Cooling => ("cooling", "Rests after a refusal (429)."),
        SkippedTokens.Types.Reason.Busy => ("busy", "At its cap of requests (max_inflight)."),
        SkippedTokens.Types.Reason.NotReached => ("not_reached", "The search ends before its pool (token.overflow_on)."),
        SkippedTokens.Types.Reason.LaterPool => ("later_pool", "An earlier pool lends."),
        SkippedTokens.Types.Reason.LowerPriority => ("lower_priority", "A token of higher priority is lent."),
        SkippedTokens.Types.Reason.RecentlyUsed => ("recently_used", "Used a moment ago (token.recent_use_penalty_sec)."),
        SkippedTokens.Types.Reason.Affinity => ("affinity", "Would come first, but the conversation stays with its token (token.affinity_ttl)."),
        SkippedTokens.Types.Reason.Lot => ("lot", "One of these is drawn (token.selection_algorithm)."),
        _ => ("later_in_order", "The algorithm puts it behind (token.selection_algorithm)."),
    };
}

/// <summary>A token, masked, with the figures that decide.</summary>
internal sealed record ExplainedTokenJson(long Id, string Token, string Pool, int Priority, int Inflight, int Remaining, int Limit)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ResumeAt { get; init; }

    public static ExplainedTokenJson From(ExplainedToken token) => new(
        token.Id, token.Masked, ServiceDefaults.Models.Pools.SeedName(token.Pool), token.Priority, token.Inflight, token.Remaining, token.Limit)
    {
        ResumeAt = Instant.OfSeconds(token.ResumeAt),
    };
}
