using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Leases;

/// <summary>One request's walk over routes and tokens: what it may still borrow, and why it got no further.</summary>
internal sealed class BorrowTurn(ChatCall call, IReadOnlyList<Route> routes, SettingsSnapshot settings, RetryPlan plan)
{
    // While a correction is asked, the slot waited for may be the one that its first answer has just given back.
    private static readonly TimeSpan OwnSlot = TimeSpan.FromSeconds(1);

    private readonly List<long> _borrowed = [];
    private bool _asksAgain;

    public IReadOnlyList<Route> Routes => routes;

    /// <summary>The route being tried, or tried last.</summary>
    public Route Route { get; set; } = routes[0];

    /// <summary>Why the last wish was not granted; null: it was.</summary>
    public NoToken? None { get; set; }

    public long LastTokenId { get; private set; }

    public string LastPool { get; private set; } = "";

    public bool MayBorrow => !plan.IsOver && _borrowed.Count < settings.Retry.MaxTokens;

    public TimeSpan WaitForSlot => _asksAgain && settings.Token.WaitForSlot < OwnSlot ? OwnSlot : settings.Token.WaitForSlot;

    /// <summary>The wish for the next token: none that was refused to this request before.</summary>
    public BorrowRequest NextWish()
    {
        var wish = new BorrowRequest
        {
            BorrowId = UniqueId.NewText(),
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
        LastTokenId = grant.TokenId;
        LastPool = grant.Pool;
        None = null;
    }

    public void Refused(Refusal refusal) => plan.Refused(refusal);

    /// <summary>The token gave a whole answer, which is to be corrected: it may be borrowed for that like any other.</summary>
    public void AskAgain(long tokenId)
    {
        _borrowed.Remove(tokenId);
        _asksAgain = true;
        plan.BeginCorrection();
    }

    /// <summary>No other token can do better.</summary>
    public void End() => plan.GiveUp();
}
