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

    // A ledger of 10,000 tokens is back within 5 s.
    private static readonly TimeSpan RebuildPatience = TimeSpan.FromSeconds(6);

    private readonly List<long> _borrowed = [];
    private List<Route> _waitedFor = [.. routes];
    private Route _entered = routes[0];
    private BorrowRequest? _wish;
    private bool _asksAgain;

    /// <summary>The route being tried, or the one that there is most to say of when no more is tried.</summary>
    public Route Route { get; private set; } = routes[0];

    /// <summary>Why it had no token; null: it had.</summary>
    public NoToken? None { get; private set; }

    /// <summary>Whether a route is to be asked once more after a pause.</summary>
    public bool Waits => _waitedFor.Count > 0;

    public long LastTokenId { get; private set; }

    public string LastPool { get; private set; } = "";

    /// <summary>Whether another token of the route at hand may be borrowed.</summary>
    public bool MayBorrow => MayGoOn && !plan.IsRouteOver;

    private bool MayGoOn => !plan.IsOver && _borrowed.Count < settings.Retry.MaxTokens;

    public TimeSpan WaitForSlot => _asksAgain && settings.Token.WaitForSlot < OwnSlot ? OwnSlot : settings.Token.WaitForSlot;

    /// <summary>The routes to ask in turn: at first all, then those whose tokens may soon be free.</summary>
    public IReadOnlyList<Route> BeginRound()
    {
        var round = _waitedFor;
        _waitedFor = [];
        return MayGoOn ? round : [];
    }

    public void Enter(Route route)
    {
        if (!ReferenceEquals(route, _entered))
            _wish = null;
        _entered = route;
        plan.BeginRoute();
    }

    /// <summary>How long until the next round.</summary>
    public TimeSpan Pause() => TimeSpan.FromMilliseconds(None?.Reason == NoToken.Types.Reason.Rebuilding ? Random.Shared.Next(150, 300) : Random.Shared.Next(50, 150));

    /// <param name="waited">Since the first wish that was not granted.</param>
    public void NotGranted(NoToken none, TimeSpan waited)
    {
        // Of several routes the one is told of that is nearest to having a token.
        if (None is null || ReferenceEquals(Route, _entered) || HopeOf(none) >= HopeOf(None))
            (Route, None) = (_entered, none);
        var patience = none.Reason switch
        {
            NoToken.Types.Reason.Busy => WaitForSlot,
            NoToken.Types.Reason.Rebuilding => RebuildPatience,
            _ => TimeSpan.Zero,
        };
        if (waited < patience)
            _waitedFor.Add(_entered);
    }

    /// <summary>A wish for one token more beside the one at work. The conversation stays with that.</summary>
    public BorrowRequest WishBeside() => NewWish("");

    /// <summary>The wish for the next token: none that was refused to this request before. It stays the same until it is granted: a reply that was lost on its way is granted again, not twice.</summary>
    public BorrowRequest NextWish() => _wish ??= NewWish(call.Affinity);

    public void Borrowed(Grant grant)
    {
        BorrowedBeside(grant.TokenId, grant.Pool);
        (Route, None, _wish) = (_entered, null, null);
    }

    /// <summary>One token more is at work.</summary>
    public void BorrowedBeside(long tokenId, string pool)
    {
        _borrowed.Add(tokenId);
        (LastTokenId, LastPool) = (tokenId, pool);
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

    private BorrowRequest NewWish(string affinity)
    {
        var wish = new BorrowRequest
        {
            BorrowId = UniqueId.NewText(),
            Scope = _entered.Scope,
            Units = 1,
            Affinity = affinity,
        };
        wish.Pools.Add(_entered.Pools);
        wish.Excluded.Add(_borrowed);
        return wish;
    }

    private static int HopeOf(NoToken none) => none.Reason switch
    {
        NoToken.Types.Reason.Busy or NoToken.Types.Reason.Rebuilding => 2,
        NoToken.Types.Reason.Exhausted => 1,
        _ => 0,
    };
}
