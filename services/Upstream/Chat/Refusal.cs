using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.Chat;

/// <summary>What a refusal means for the tries that may follow it.</summary>
internal enum NextStep
{
    /// <summary>Try the same token again, after a pause.</summary>
    SameToken,

    /// <summary>Try the same token on fresh connections, with a new clearance where there is a solver, then stop: other tokens share the egress.</summary>
    FreshConnections,

    /// <summary>Go to the next token at once.</summary>
    NextToken,

    /// <summary>No other token of this route can do better; another route's upstream may.</summary>
    NextRoute,

    /// <summary>No other try can do better.</summary>
    GiveUp,
}

/// <summary>What is wrong, in one word: what the doctor answers and operators look for.</summary>
internal enum Verdict
{
    Works,
    Expired,
    Blocked,
    Rejected,
    Challenge,
    AntiBot,
    RateLimited,
    NoNetwork,
    Unavailable,
    Misconfigured,
}

/// <summary>Why a try gave no answer or broke it off: what the token pool is told, what happens next, and the words for an operator.</summary>
/// <param name="What">A clause that follows "The upstream", such as "refused the token (401)". Never a secret or an address.</param>
/// <param name="Remedy">A sentence; empty where waiting is all there is to do.</param>
internal sealed record Refusal(LeaseOutcome Outcome, NextStep Next, string What, string Remedy)
{
    /// <summary>The upstream's own word on when the token can be used again; null: not said.</summary>
    public TimeSpan? ResumeAfter { get; init; }

    /// <summary>What the client's error is called where no other try can do better; null: upstream_error.</summary>
    public string? Code { get; init; }

    /// <summary>What the client is told where this was the last try, in place of the usual words; null: those.</summary>
    public Failed? Told { get; init; }

    private readonly Verdict? _verdict;

    /// <summary>What is wrong; where it is not said, what the outcome says.</summary>
    public Verdict Verdict
    {
        get => _verdict ?? Outcome switch
        {
            LeaseOutcome.TokenInvalid => Verdict.Expired,
            LeaseOutcome.TokenBlocked => Verdict.Blocked,
            LeaseOutcome.ChallengeHit => Verdict.Challenge,
            LeaseOutcome.QuotaExhausted => Verdict.RateLimited,
            LeaseOutcome.TokenRejected or LeaseOutcome.RefusedByPolicy => Verdict.Rejected,
            _ => Next == NextStep.GiveUp ? Verdict.Misconfigured : Verdict.Unavailable,
        };
        init => _verdict = value;
    }

    /// <summary>The sentence that operators and clients are told.</summary>
    public string Sentence => $"The upstream {What}.";

    public static Refusal TokenInvalid { get; } = new(LeaseOutcome.TokenInvalid, NextStep.NextToken,
        "refused the token as invalid or expired (401)", "Import a fresh token.");

    public static Refusal TokenBlocked { get; } = new(LeaseOutcome.TokenBlocked, NextStep.NextToken,
        "says that the account of the token is blocked (403)", "Import a token of another account.");

    public static Refusal TokenRejected { get; } = new(LeaseOutcome.TokenRejected, NextStep.NextToken,
        "rejected the token for this request (403)", "Check that the account may use this model, or import another token.");

    public static Refusal Policy { get; } = new(LeaseOutcome.RefusedByPolicy, NextStep.GiveUp,
        "refused the request under its content policy", "Change the prompt.");

    public static Refusal Challenge { get; } = new(LeaseOutcome.ChallengeHit, NextStep.FreshConnections,
        "answered with a challenge to the browser (403)",
        "Set proxy.cf_clearance together with the proxy.user_agent it was issued to, name a clearance solver (proxy.flaresolverr_url), or use another egress (proxy.base_proxy_url).");

    public static Refusal AntiBot { get; } = new(LeaseOutcome.ChallengeHit, NextStep.FreshConnections,
        "refused the request by its anti-bot rules",
        "Send the header values of your own browser (the table upstream.headers, with proxy.user_agent), use another egress (proxy.base_proxy_url), or an official API key (pool xai).")
    { Verdict = Verdict.AntiBot };

    /// <summary>What a status means that retry.reset_session_status_codes may list.</summary>
    /// <param name="refusal">What it means by itself; statuses of their own and refusals of a request's content keep that.</param>
    public static Refusal OfListed(int status, Refusal refusal, SettingsSnapshot settings) =>
        status is 401 or 403 or 429 || refusal.Outcome is LeaseOutcome.RefusedByPolicy or LeaseOutcome.TokenInvalid || !settings.Retry.ResetSessionStatusCodes.AsSpan().Contains(status)
            ? refusal
            : new(LeaseOutcome.ChallengeHit, NextStep.FreshConnections, $"answered {status}, which retry.reset_session_status_codes takes for a challenge", Challenge.Remedy);

    public static Refusal ProxyRefuses { get; } =
        Hopeless("could not be reached: the proxy asks for credentials (407)", "Set them in proxy.base_proxy_url.") with { Verdict = Verdict.NoNetwork };

    public static Refusal EmptyAnswer { get; } = Unavailable("ended its answer without any text");

    public static Refusal CutOff { get; } = Unavailable("ended the connection in the middle of its answer");

    public static Refusal SecretUnreadable { get; } = new(LeaseOutcome.Abandoned, NextStep.NextToken,
        "was not asked, because the token cannot be decrypted", "Start with the GROKFORGE_MASTER_KEY and key ring the token was saved under.")
    { Verdict = Verdict.Misconfigured };

    public static Refusal QuotaExhausted(TimeSpan? resumeAfter) => new(LeaseOutcome.QuotaExhausted, NextStep.NextToken,
        "says that the usage limit of the token is reached", "Wait for the quota window or import more tokens.")
    { ResumeAfter = resumeAfter };

    /// <summary>A failure that blames neither the token nor the request.</summary>
    public static Refusal Unavailable(string what, string remedy = "") => new(LeaseOutcome.UpstreamUnavailable, NextStep.SameToken, what, remedy);

    /// <summary>The upstream could not be reached at all.</summary>
    public static Refusal NoNetwork(string what, string remedy) => Unavailable(what, remedy) with { Verdict = Verdict.NoNetwork };

    /// <summary>A failure that no other try can mend.</summary>
    public static Refusal Hopeless(string what, string remedy) => new(LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp, what, remedy);
}
