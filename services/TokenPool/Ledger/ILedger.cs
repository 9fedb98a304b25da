namespace GrokForge.TokenPool.Ledger;

/// <summary>Selects and accounts tokens in one atomic step. Two homes, memory and Redis, with one meaning: the contract suite runs on both.</summary>
internal interface ILedger
{
    /// <summary>Lends a token by the rules of pools, tiers, penalty, units, cap and exclusion; repeatable by borrow id while its lease lives, at most 60 s.</summary>
    ValueTask<BorrowResult> BorrowAsync(BorrowWish wish, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a grant back, units and all, that did not reach its caller. Does nothing where its borrow id was answered more than once: whoever asked again may be
    /// using the lease, and it ends by settlement or expiry.
    /// </summary>
    ValueTask WithdrawAsync(BorrowResult grant, CancellationToken cancellationToken);

    /// <summary>Ends a lease. The first settlement wins.</summary>
    ValueTask<SettleResult> SettleAsync(string leaseId, Settlement settlement, CancellationToken cancellationToken);

    /// <summary>Keeps leases alive; answers those that expired or are unknown.</summary>
    ValueTask<IReadOnlyList<string>> RenewAsync(IReadOnlyList<string> leaseIds, CancellationToken cancellationToken);

    /// <summary>
    /// Adds tokens or puts their administered fields (pool, tier, state, generation, cap, failure count, quotas where given) in force. Leases in the air go on.
    /// A put whose generation is lower than the one in force is dropped; one of the same generation neither re-activates nor changes the failure count.
    /// Quotas are merged by mode; one with limit 0 removes its mode. A token known before becomes dirty, with a rev later than the put's.
    /// </summary>
    ValueTask PutAsync(IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken);

    /// <summary>Forgets tokens. Their leases settle as already settled.</summary>
    ValueTask RemoveAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken);

    /// <summary>The ids of all tokens that the ledger knows.</summary>
    ValueTask<IReadOnlyList<long>> IdsAsync(CancellationToken cancellationToken);

    /// <summary>Live figures of tokens; unknown ids are left out.</summary>
    ValueTask<IReadOnlyList<LedgerTokenView>> ReadAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken);

    /// <summary>
    /// How all tokens stand for requests of a scope, read in small steps; changes nothing. Null: the ledger is not loaded.
    /// </summary>
    /// <param name="affinity">Signal of a conversation; empty: none.</param>
    ValueTask<LedgerSurvey?> SurveyAsync(string scope, string affinity, CancellationToken cancellationToken);

    /// <summary>Puts settings in force and, where they change places, reindexes all tokens in small steps; picks stay valid meanwhile.</summary>
    ValueTask ConfigureAsync(LedgerConfig config, CancellationToken cancellationToken);

    /// <summary>Whether the ledger is loaded. A Redis that lost its data answers false until <see cref="CompleteLoadAsync"/>.</summary>
    ValueTask<bool> IsLoadedAsync(CancellationToken cancellationToken);

    /// <summary>Takes the right to load, by these settings; false where another holds it or the ledger is loaded.</summary>
    ValueTask<bool> TryBeginLoadAsync(LedgerConfig config, LoadRight right, CancellationToken cancellationToken);

    /// <summary>Puts tokens by the right to load, and prolongs it; false, and nothing was done, where it is lost.</summary>
    ValueTask<bool> LoadAsync(LoadRight right, IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken);

    /// <summary>Ends a load: from now on Borrow lends. False, and nothing was done, where the right is lost.</summary>
    ValueTask<bool> CompleteLoadAsync(LoadRight right, CancellationToken cancellationToken);

    /// <summary>Gives the right to load back, so that another may load at once. Does nothing where it is lost.</summary>
    ValueTask AbandonLoadAsync(LoadRight right, CancellationToken cancellationToken);

    /// <summary>Takes up to <paramref name="limit"/> changed tokens for the write-behind. They stay claimed until confirmed or released by the next claim of a dead flusher.</summary>
    ValueTask<IReadOnlyList<LedgerTokenView>> TakeDirtyAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Confirms that the taken tokens were written. One that has a later rev by now stays dirty.</summary>
    ValueTask ConfirmWrittenAsync(IReadOnlyList<LedgerTokenView> written, CancellationToken cancellationToken);

    /// <summary>Asks for all windows of tokens to be read upstream, each as soon as its token may be asked about; unknown ids are left out.</summary>
    ValueTask WantRefreshAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for windows to be read that have run out by numbers older than <paramref name="age"/>: of some of each pool's tokens, without those that rest.
    /// Answers how many of them are wanted or being read.
    /// </summary>
    ValueTask<int> WantStaleAsync(IReadOnlyList<string> pools, string scope, TimeSpan age, CancellationToken cancellationToken);

    /// <summary>Takes the right to read tokens whose windows are wanted, where fewer than <paramref name="most"/> such rights are out among all replicas.</summary>
    /// <param name="lifetime">After this a right that was not ended goes to whoever asks next.</param>
    ValueTask<IReadOnlyList<RefreshClaim>> ClaimRefreshesAsync(int most, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Puts in force what was read, less the units that the upstream may not have counted yet. Leases of before refund nothing any more.</summary>
    ValueTask<RefreshEnd> EndRefreshAsync(RefreshClaim claim, RefreshReport report, CancellationToken cancellationToken);

    /// <summary>Works off due timers: lease expiries, penalty ends, refills, cool-down ends. Answers how many it handled, at most 64.</summary>
    ValueTask<int> SweepAsync(CancellationToken cancellationToken);
}

/// <summary>Settings that the ledger works by.</summary>
/// <param name="MaxInflight">Cap per token; 0: none.</param>
/// <param name="PenaltyScope">tier: penalty orders inside a tier; pool: it crosses tiers; all: it crosses pools too.</param>
/// <param name="OverflowOnQuota">Whether a pool without units lets the search go on to the next pool.</param>
/// <param name="OverflowOnSlots">Whether a pool whose candidates are all at their cap lets the search go on.</param>
/// <param name="Lanes">At most 30; the lane of the empty scope is not in this list: untracked, 60 s of cool-down.</param>
/// <param name="FailThreshold">Token-specific failures in a row that disable; 0: never.</param>
internal sealed record LedgerConfig(
    int MaxInflight, TimeSpan Penalty, PenaltyScope PenaltyScope, bool OverflowOnQuota, bool OverflowOnSlots, TimeSpan LeaseTtl, int FailThreshold,
    IReadOnlyList<LaneConfig> Lanes)
{
    /// <summary>The order of tokens in a tier. Until the reindex after a change has ended, picks are valid but their order is mixed.</summary>
    public SelectionAlgorithm Algorithm { get; init; }

    /// <summary>How long after its last grant a signal leads to the same token; zero: signals lead nowhere.</summary>
    public TimeSpan AffinityTtl { get; init; }
}

/// <summary>Which of the tokens that stand equal by pool, tier and penalty is lent first. Every one is a score: the lowest is lent.</summary>
internal enum SelectionAlgorithm
{
    /// <summary>Most units left; of equals the one not lent longest in this mode.</summary>
    HighQuotaFirst,

    /// <summary>The one not lent longest in this mode.</summary>
    RoundRobin,

    /// <summary>Any, with equal chances.</summary>
    Random,

    /// <summary>Fewest leases at work, of all modes; of equals the one not lent longest in this mode.</summary>
    LeastInflight,

    /// <summary>Any, with chances by the share of its window that is left.</summary>
    Weighted,
}

/// <summary>One attempt's right to fill the ledger.</summary>
/// <param name="Owner">Not empty, and of this attempt alone.</param>
/// <param name="Lifetime">The right ends by itself that long after it was last used.</param>
internal sealed record LoadRight(string Owner, TimeSpan Lifetime);

/// <summary>How far the recent-use penalty reaches.</summary>
internal enum PenaltyScope { Tier, Pool, All }

/// <summary>One mode with its own order of tokens. A mode once seen keeps its lane, whatever the order of later lists.</summary>
/// <param name="Window">After this a token at 0 refills by itself (zero: never); an untracked mode cools down that long.</param>
/// <param name="Tracked">Whether units are counted; else the mode only cools down after a 429.</param>
internal sealed record LaneConfig(string Mode, TimeSpan Window, bool Tracked)
{
    /// <summary>The upstream counts it too: whenever it ran out or should have refilled, its true window is wanted.</summary>
    public bool Refreshed { get; init; }
}

/// <summary>Whether a token may be lent.</summary>
internal enum TokenState { Active, Disabled, Expired }

/// <summary>A token as administration and the database know it.</summary>
/// <param name="Tier">Priority; higher is lent first.</param>
/// <param name="MaxInflight">Cap of this token; -1: as configured; 0: none.</param>
/// <param name="Generation">Raised by every administrative change; outcomes of older generations never change the state.</param>
/// <param name="Rev">Rising number of the last written state; a write-behind with a lower one is dropped.</param>
/// <param name="Quotas">By mode; modes not named (all of them, where null) stay as they are in force, and are absent from a token new to the ledger.</param>
internal sealed record LedgerToken(
    long Id, string Pool, int Tier, TokenState State, int MaxInflight, int Generation, int FailCount, long Rev, IReadOnlyDictionary<string, LedgerQuota>? Quotas)
{
    /// <summary>False: a token that the ledger knows keeps the state and the failure count that it lives with.</summary>
    public bool SetsState { get; init; } = true;
}

/// <summary>Units of one mode. A mode with limit 0 does not exist for the token.</summary>
/// <param name="ResumeAt">When a window at 0 refills; null: not waiting. Put at 0 without it, a mode refills after its window.</param>
internal readonly record struct LedgerQuota(int Remaining, int Limit, DateTimeOffset? ResumeAt)
{
    /// <summary>When the upstream last told this window; null: never. With limit 0: it said that the token does not have the mode.</summary>
    public DateTimeOffset? ObservedAt { get; init; }
}

/// <summary>What a request wants to borrow.</summary>
/// <param name="Scope">Mode; empty: untracked.</param>
/// <param name="Affinity">
/// Signal of a conversation; empty: none. It prefers the token that it was lent last, before penalty and algorithm, where that token may be lent at all and neither an
/// earlier pool nor a higher tier has one.
/// </param>
internal sealed record BorrowWish(string BorrowId, IReadOnlyList<string> Pools, string Scope, int Units, string Affinity, IReadOnlyList<long> Excluded, TimeSpan? Ttl);

/// <summary>A granted lease, or why there is none.</summary>
/// <param name="LeaseId">Empty where none was granted.</param>
/// <param name="Repeated">The same borrow id had been granted before.</param>
/// <param name="RetryAfter">With Exhausted: until the first window refills; null: unknown.</param>
internal readonly record struct BorrowResult(string LeaseId, long TokenId, string Pool, int Generation, bool Repeated, NoneReason None, TimeSpan? RetryAfter)
{
    public bool Granted => LeaseId.Length > 0;

    /// <summary>The token's rev after this grant. A rebuild counts grants that the database has not seen by it.</summary>
    public long Rev { get; init; }

    /// <summary>The search used up its work bound: the token is valid but perhaps not the first in order, or there may be one although none was found.</summary>
    public bool Degraded { get; init; }
}

/// <summary>Why nothing was lent.</summary>
internal enum NoneReason { None, Exhausted, Busy, NoSuchPool, Rebuilding }

/// <summary>What a settlement does to the accounts. Of an older generation than the token's only refund and exhaustion count.</summary>
/// <param name="Refund">Gives the units back if the window is still the same one.</param>
/// <param name="Exhausted">Sets this mode to 0 until <paramref name="ResumeAfter"/> (or the mode's window) has passed.</param>
/// <param name="NewState">Only from active and only with the lease's generation; null: unchanged.</param>
/// <param name="Failed">Counts a token-specific failure; at the threshold the token is disabled.</param>
/// <param name="Succeeded">Sets the failure count to 0.</param>
/// <param name="Generation">Of the grant.</param>
internal sealed record Settlement(bool Refund, bool Exhausted, TimeSpan? ResumeAfter, TokenState? NewState, string Reason, bool Failed, bool Succeeded, int Generation)
{
    /// <summary>Of a lease that was not used at all: gives its units back and says nothing of its token.</summary>
    public static Settlement Unused { get; } = new(
        Refund: true, Exhausted: false, ResumeAfter: null, NewState: null, Reason: "", Failed: false, Succeeded: false, Generation: 0);
}

/// <summary>How a settlement ended.</summary>
/// <param name="StateChangedTo">The state that this settlement brought about; null: none.</param>
internal readonly record struct SettleResult(SettleKind Kind, long TokenId, TokenState? StateChangedTo)
{
    /// <summary>The token's rev after this settlement; 0: nothing changed.</summary>
    public long Rev { get; init; }

    /// <summary>Mode of the lease; empty: untracked.</summary>
    public string Scope { get; init; } = "";

    /// <summary>Units of the lease.</summary>
    public int Units { get; init; }
}

/// <summary>Whether a settlement counted.</summary>
internal enum SettleKind { Applied, AlreadySettled, Late }

/// <summary>Live figures of one token.</summary>
/// <param name="Reason">Why the state is not active, as the settlement said; empty: unchanged by the ledger.</param>
internal sealed record LedgerTokenView(
    long Id, string Pool, int Tier, TokenState State, string Reason, int Generation, int Inflight, int FailCount, DateTimeOffset? LastUsed, long Rev,
    IReadOnlyDictionary<string, LedgerQuota> Quotas)
{
    /// <summary>How long nobody asks the upstream about the token yet; zero: it may be asked, or is being asked. Only where it was read by id.</summary>
    public TimeSpan RefreshRest { get; init; }

    /// <summary>Refreshes that failed in a row.</summary>
    public int RefreshFailures { get; init; }
}
