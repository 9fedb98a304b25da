using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Leases;

/// <summary>A borrowed token. Starts as abandoned, becomes broken off with its first answer event and succeeded at the end; disposing hands the settlement over and never throws.</summary>
/// <param name="settler">Null: the token was not borrowed, and nothing is settled.</param>
/// <param name="renewer">Null: likewise.</param>
internal sealed class Lease(Grant grant, Route route, string secret, LeaseSettler? settler, LeaseRenewer? renewer) : IAsyncDisposable
{
    private const int DetailLimit = 256;
    private string _detail = "";
    private TimeSpan? _resumeAfter;
    private int _settled;

    public string Id => grant.LeaseId;

    public long TokenId => grant.TokenId;

    public string Pool => grant.Pool;

    public Route Route => route;

    public TimeSpan Ttl { get; } = TimeSpan.FromSeconds(grant.TtlSeconds > 0 ? grant.TtlSeconds : 60);

    /// <summary>The token itself. Only a provider's request builder reads it.</summary>
    public string Secret => secret;

    /// <summary>Ids of the request's files that were uploaded with this token, in the request's order.</summary>
    public List<string> UploadedFiles { get; } = [];

    /// <summary>When the pool forgets the lease unless it is renewed.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    public LeaseOutcome Outcome { get; private set; } = LeaseOutcome.Abandoned;

    /// <summary>Whether an answer event of any try was passed on.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>A new try begins: if the client goes away now, the upstream has sent nothing for it.</summary>
    public void BeginTry() => Outcome = HasAnswered ? LeaseOutcome.BrokenOff : LeaseOutcome.Abandoned;

    /// <summary>The upstream accepted the request and has begun to answer: from now on it counts the unit.</summary>
    public void UpstreamBegan()
    {
        if (!HasAnswered)
            Outcome = LeaseOutcome.AbandonedLate;
    }

    /// <summary>Passes an answer event on; the first one makes the lease broken off until its end is told.</summary>
    public ChatEvent Observe(ChatEvent chatEvent)
    {
        HasAnswered = true;
        Outcome = LeaseOutcome.BrokenOff;
        return chatEvent;
    }

    public LeaseOutcome Refused(Refusal refusal)
    {
        // What the upstream says of the token holds at any time; mere unavailability after an answer began is an answer broken off.
        var aboutToken = refusal.Outcome is LeaseOutcome.QuotaExhausted or LeaseOutcome.TokenInvalid or LeaseOutcome.TokenBlocked;
        Outcome = HasAnswered && !aboutToken ? LeaseOutcome.BrokenOff : refusal.Outcome;
        _detail = refusal.What;
        _resumeAfter = refusal.ResumeAfter;
        return Outcome;
    }

    public LeaseOutcome Succeeded()
    {
        Outcome = LeaseOutcome.Succeeded;
        _detail = "";
        _resumeAfter = null;
        return Outcome;
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            renewer?.Forget(this);
            settler?.Settle(Settlement(), ExpiresAt);
        }
        return ValueTask.CompletedTask;
    }

    private SettleRequest Settlement() => new()
    {
        LeaseId = Id,
        Outcome = Outcome,
        Detail = _detail.Length > DetailLimit ? _detail[..DetailLimit] : _detail,
        ResumeAfterSeconds = _resumeAfter?.TotalSeconds ?? 0,
        Generation = grant.Generation,
    };
}
