using GrokForge.Simulator.GrokWeb.Quota;
using GrokForge.Simulator.Records;

namespace GrokForge.Simulator.Scripts;

/// <summary>The beginnings of tokens that choose an answer or a tier where no script does.</summary>
internal static class TokenPrefixes
{
    public static readonly IReadOnlyList<TokenPrefix> All =
    [
        new("demo-expired-", "401 everywhere", (_, _) => Answer.Unauthorized()),
        new("demo-blocked-", "403 blocked-user everywhere", (_, _) => Answer.BlockedUser()),
        new("demo-challenge-", "403 challenge page everywhere", (_, _) => Answer.Challenge()),
        new("demo-rejected-", "403 in JSON without a known reason, everywhere", (_, _) => Answer.Forbidden("Permission denied.")),
        new("demo-limited-", "429 in chat", (surface, _) => surface is Surface.Chat ? Answer.RateLimited() : null),
        new("demo-broken-", "503 in chat", (surface, _) => surface is Surface.Chat ? Answer.Status(503) : null),
        new("demo-silent-", "no answer at all in chat", (surface, _) => surface is Surface.Chat ? Answer.Silent() : null),
        new("demo-empty-", "empty 200 in chat", (surface, _) => surface is Surface.Chat ? Answer.Empty() : null),
        new("demo-slow-", "the ordinary answer, 200 ms before each object",
            (surface, ordinary) => surface is Surface.Chat ? ordinary().EachAfter(TimeSpan.FromMilliseconds(200)) : null),
        new("demo-super-", "the ordinary answer, windows of a super account", null, Tier.Super),
        new("demo-heavy-", "the ordinary answer, windows of a heavy account", null, Tier.Heavy),
        new("demo-", "the ordinary answer, windows of a basic account", null),
    ];

    public static TokenPrefix? Of(string token) => All.FirstOrDefault(prefix => token.StartsWith(prefix.Start, StringComparison.Ordinal));
}

/// <summary>One prefix: what it means, how it answers (null: as usual), and the tier of its windows.</summary>
internal sealed record TokenPrefix(string Start, string Meaning, Func<Surface, Func<Answer>, Answer?>? Answer, Tier Tier = Tier.Basic);
