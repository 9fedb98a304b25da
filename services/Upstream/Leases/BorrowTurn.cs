using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Leases;

/// <summary>One request's walk over routes and tokens: what it may still borrow, and why it got no further.</summary>
internal sealed class BorrowTurn(ChatCall call, IReadOnlyList<Route> routes, SettingsSnapshot settings, RetryPlan plan)
{
    private readonly List<long> _borrowed = [];

    public IReadOnlyList<Route> Routes => routes;

    /// <summary>The route being tried, or tried last.</summary>
    public Route Route { get; set; } = routes[0];

    /// <summary>Why the last wish was not granted; null: it was.</summary>
    public NoToken? None { get; set; }

    public long LastTokenId => _borrowed.Count > 0 ? _borrowed[^1] : 0;

    public string LastPool { get; private set; } = "";

    public bool MayBorrow => !plan.IsOver && _borrowed.Count < settings.Retry.MaxTokens;

    public TimeSpan WaitForSlot => settings.Token.WaitForSlot;

    /// <summary>The wish for the next token: none that this request has borrowed before.</summary>
    public BorrowRequest NextWish()
    {
        var wish = new BorrowRequest
        {
            BorrowId = Guid.NewGuid().ToString("N"),
            Scope = Route.Scope,
            Units = 1,
            Affinity = call.Affinity,
        };
        wish.Pools.Add(Route.Pools);
        wish.Excluded.Add(_borrowed);
        return wish;
    }

    public void Borrowed(Grant grant)
    {
        _borrowed.Add(grant.TokenId);
        LastPool = grant.Pool;
        None = null;
    }

    public void Refused(Refusal refusal) => plan.Refused(refusal);
}
