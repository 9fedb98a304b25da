using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.HotState;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace GrokForge.TokenPool.Ledger.Redis;

/// <summary>
/// The ledger that replicas share: every step is one Lua script, so one round trip and atomic. A flushed script cache heals itself;
/// all keys carry one tag and are named inside the scripts, so they fit a cluster but not a server that wants every key declared.
/// </summary>
internal sealed partial class RedisLedger : ILedger
{
    private const int TokensPerStep = 50;

    /// <summary>Tokens that are only read are no work for the server to speak of.</summary>
    private const int TokensPerLook = 200;

    private static readonly RedisKey[] Slot = ["{gf}:c"];
    private static readonly BorrowResult NotLoaded = new("", 0, "", 0, false, NoneReason.Rebuilding, null);

    private readonly Func<IDatabase> database;
    private readonly LedgerScripts scripts;
    private readonly UnbrokenConnection unbroken;
    private readonly ILogger logger;
    private bool isUnprovenRunSaid;

    public RedisLedger(RedisConnection connection, ILogger<RedisLedger> logger)
        : this(() => connection.Database, LedgerScripts.Exact, new UnbrokenConnection(), logger)
    {
        connection.Broken += unbroken.Broke;
    }

    internal RedisLedger(Func<IDatabase> database, LedgerScripts scripts, ILogger? logger = null)
        : this(database, scripts, new UnbrokenConnection(), logger ?? NullLogger.Instance) => unbroken.Checked(unbroken.Breaks);

    private RedisLedger(Func<IDatabase> database, LedgerScripts scripts, UnbrokenConnection unbroken, ILogger logger) =>
        (this.database, this.scripts, this.unbroken, this.logger) = (database, scripts, unbroken, logger);

    // A borrow or a settlement under way is not abandoned when its caller goes: nobody would hear of the grant, and its unit would be lost.
    public async ValueTask<BorrowResult> BorrowAsync(BorrowWish wish, CancellationToken cancellationToken)
    {
        // Read before it is looked at: a break in between must not pass for one that was.
        var breaks = unbroken.Breaks;
        if (!unbroken.IsCheckedAt(breaks) && !await IsLoadedAsync(cancellationToken))
            return NotLoaded;
        var attempt = UniqueId.NewText();
        var reply = await BorrowAsync(wish, attempt);
        if (unbroken.Breaks != breaks)
        {
            await WithdrawAsync(wish, attempt);
            return NotLoaded;
        }
        return (string)reply[0]! switch
        {
            "G" => new BorrowResult((string)reply[1]!, (long)reply[2], (string)reply[3]!, (int)reply[4], (string)reply[6]! == "1", NoneReason.None, null)
            {
                Rev = (long)reply[5],
                Degraded = (string)reply[7]! == "1",
            },
            "N" => new BorrowResult("", 0, "", 0, false, Reason((string)reply[1]!), RetryAfter((string)reply[2]!)) { Degraded = (string)reply[3]! == "1" },
            _ => NotLoaded,
        };
    }

    public async ValueTask WithdrawAsync(BorrowResult grant, CancellationToken cancellationToken)
    {
        if (LedgerArguments.BorrowIdOf(grant.LeaseId) is { Length: > 0 } borrowId)
            await RunAsync(scripts.Withdraw, LedgerArguments.Withdraw(borrowId, grant.LeaseId));
        else
            await RunAsync(scripts.Settle, LedgerArguments.Settle(grant.LeaseId, Settlement.Unused));
    }

    public async ValueTask<SettleResult> SettleAsync(string leaseId, Settlement settlement, CancellationToken cancellationToken)
    {
        var reply = (RedisResult[])(await RunAsync(scripts.Settle, LedgerArguments.Settle(leaseId, settlement)))!;
        if ((string)reply[0]! == "A")
            return new SettleResult(SettleKind.AlreadySettled, 0, null);
        var state = (string)reply[2]!;
        var (scope, units) = LedgerArguments.ScopeAndUnitsOf(leaseId);
        return new SettleResult((string)reply[0]! == "S" ? SettleKind.Applied : SettleKind.Late, (long)reply[1], state.Length > 0 ? LedgerArguments.State(state) : null)
        {
            Rev = (long)reply[3],
            Scope = scope,
            Units = units,
        };
    }

    public async ValueTask<IReadOnlyList<string>> RenewAsync(IReadOnlyList<string> leaseIds, CancellationToken cancellationToken)
    {
        List<string> lost = [];
        foreach (var batch in leaseIds.Chunk(200))
            lost.AddRange((string[])(await RunAsync(scripts.Renew, [.. batch.Select(id => (RedisValue)id)]))!);
        return lost;
    }

    public async ValueTask PutAsync(IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken)
    {
        foreach (var batch in tokens.Chunk(TokensPerStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await RunAsync(scripts.Put, LedgerArguments.Put(batch, null));
        }
    }

    public async ValueTask RemoveAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken)
    {
        foreach (var batch in tokenIds.Chunk(TokensPerStep))
            await RunAsync(scripts.Remove, [.. batch.Select(id => (RedisValue)id)]);
    }

    public async ValueTask<IReadOnlyList<long>> IdsAsync(CancellationToken cancellationToken)
    {
        // A scan may name an id twice.
        HashSet<long> ids = [];
        await foreach (var id in database().SetScanAsync("{gf}:i", pageSize: 1000).WithCancellation(cancellationToken))
            ids.Add((long)id);
        return [.. ids];
    }

    public async ValueTask<IReadOnlyList<LedgerTokenView>> ReadAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken)
    {
        List<LedgerTokenView> views = [];
        foreach (var batch in tokenIds.Chunk(TokensPerStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
            views.AddRange(Views(await RunAsync(scripts.Read, [.. batch.Select(id => (RedisValue)id)])));
        }
        return views;
    }

    public async ValueTask<LedgerSurvey?> SurveyAsync(string scope, string affinity, CancellationToken cancellationToken)
    {
        // Another run of the server has to be loaded first, as a borrow would find out.
        var isChecked = unbroken.IsCheckedAt(unbroken.Breaks);
        List<TokenStanding> tokens = [];
        LedgerSurvey? survey = null;
        foreach (var batch in (await IdsAsync(cancellationToken)).Chunk(TokensPerLook).DefaultIfEmpty([]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reply = (string[])(await RunAsync(scripts.Survey, [scope, affinity, isChecked ? "" : "1", .. batch.Select(id => (RedisValue)id)]))!;
            if (reply.Length == 0)
                return null;
            tokens.AddRange(reply.Skip(1).Select(SurveyTexts.Standing));
            survey = SurveyTexts.Survey(reply[0], tokens);
        }
        return survey;
    }

    public async ValueTask ConfigureAsync(LedgerConfig config, CancellationToken cancellationToken)
    {
        var pass = (int)await RunAsync(scripts.Configure, LedgerArguments.Settings(config));
        if (pass == 0)
            return;
        List<RedisValue> ids = [];
        await foreach (var id in database().SetScanAsync("{gf}:i", pageSize: 250).WithCancellation(cancellationToken))
        {
            ids.Add(id);
            if (ids.Count < TokensPerStep)
                continue;
            await RunAsync(scripts.Reindex, LedgerArguments.Reindex(ids));
            ids.Clear();
        }
        if (ids.Count > 0)
            await RunAsync(scripts.Reindex, LedgerArguments.Reindex(ids));
        await RunAsync(scripts.Configured, [pass]);
    }

    public async ValueTask<bool> IsLoadedAsync(CancellationToken cancellationToken)
    {
        var breaks = unbroken.Breaks;
        var answer = (int)await RunAsync(scripts.Loaded, []);
        if (answer == 0)
            return false;
        if (answer == 2 && !Interlocked.Exchange(ref isUnprovenRunSaid, true))
            Log.RunUnknown(logger);
        unbroken.Checked(breaks);
        return true;
    }

    public async ValueTask<bool> TryBeginLoadAsync(LedgerConfig config, LoadRight right, CancellationToken cancellationToken) =>
        (int)await RunAsync(scripts.BeginLoad, LedgerArguments.BeginLoad(config, right)) == 1;

    public async ValueTask<bool> LoadAsync(LoadRight right, IReadOnlyList<LedgerToken> tokens, CancellationToken cancellationToken)
    {
        foreach (var batch in tokens.Chunk(TokensPerStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if ((int)await RunAsync(scripts.Put, LedgerArguments.Put(batch, right)) == 0)
                return false;
        }
        return true;
    }

    public async ValueTask<bool> CompleteLoadAsync(LoadRight right, CancellationToken cancellationToken) =>
        (int)await RunAsync(scripts.CompleteLoad, [right.Owner]) == 1;

    public async ValueTask AbandonLoadAsync(LoadRight right, CancellationToken cancellationToken) => await RunAsync(scripts.AbandonLoad, [right.Owner]);

    public async ValueTask<IReadOnlyList<LedgerTokenView>> TakeDirtyAsync(int limit, CancellationToken cancellationToken) =>
        [.. Views(await RunAsync(scripts.TakeDirty, [limit]))];

    public async ValueTask ConfirmWrittenAsync(IReadOnlyList<LedgerTokenView> written, CancellationToken cancellationToken)
    {
        if (written.Count > 0)
            await RunAsync(scripts.ConfirmWritten, LedgerArguments.Written(written));
    }

    public async ValueTask WantRefreshAsync(IReadOnlyList<long> tokenIds, CancellationToken cancellationToken)
    {
        foreach (var batch in tokenIds.Chunk(TokensPerStep))
            await RunAsync(scripts.WantRefresh, [.. batch.Select(id => (RedisValue)id)]);
    }

    public async ValueTask<int> WantStaleAsync(IReadOnlyList<string> pools, string scope, TimeSpan age, CancellationToken cancellationToken) =>
        (int)await RunAsync(scripts.WantStale, [scope, (long)age.TotalMilliseconds, LedgerLimits.StaleLooks, .. pools.Select(p => (RedisValue)p)]);

    // A claim that was made is not abandoned when its caller goes: nobody would read the token until it lapses.
    public async ValueTask<IReadOnlyList<RefreshClaim>> ClaimRefreshesAsync(int most, TimeSpan lifetime, CancellationToken cancellationToken) =>
        [.. ((RedisResult[])(await RunAsync(scripts.ClaimRefreshes, [most, (long)lifetime.TotalMilliseconds]))!).Select(row => LedgerArguments.Claim((RedisResult[])row!))];

    public async ValueTask<RefreshEnd> EndRefreshAsync(RefreshClaim claim, RefreshReport report, CancellationToken cancellationToken)
    {
        var reply = (RedisResult[])(await RunAsync(scripts.EndRefresh, LedgerArguments.EndRefresh(claim, report)))!;
        if (reply.Length == 0)
            return default;
        return new RefreshEnd(true, (int)reply[0], (string)reply[1]! is { Length: > 0 } state ? LedgerArguments.State(state) : null);
    }

    public async ValueTask<int> SweepAsync(CancellationToken cancellationToken) => (int)await RunAsync(scripts.Sweep, [LedgerArguments.Seed()]);

    /// <summary>Moves the clock of every script on this Redis, for tests; whoever sets the key {gf}:offset from outside does the same.</summary>
    internal async ValueTask SetTestOffsetAsync(TimeSpan offset) => await database().StringSetAsync("{gf}:offset", (long)offset.TotalMilliseconds);

    private async Task<RedisResult[]> BorrowAsync(BorrowWish wish, string attempt)
    {
        try
        {
            return (RedisResult[])(await RunAsync(scripts.Borrow, LedgerArguments.Borrow(wish, attempt)))!;
        }
        catch (RedisTimeoutException) when (wish.BorrowId.Length > 0)
        {
            // The script may still run, and lend to nobody. What is sent now runs after it, on the same connection, and takes that back.
            await WithdrawAsync(wish, attempt);
            throw;
        }
    }

    private async Task WithdrawAsync(BorrowWish wish, string attempt)
    {
        if (wish.BorrowId.Length > 0)
            await database().ScriptEvaluateAsync(scripts.Withdraw.Text, Slot, LedgerArguments.Withdraw(wish.BorrowId, attempt), CommandFlags.FireAndForget);
    }

    private Task<RedisResult> RunAsync(RedisScript script, RedisValue[] values) => script.RunAsync(database(), Slot, values);

    private static IEnumerable<LedgerTokenView> Views(RedisResult rows) => ((RedisResult[])rows!).Select(row => LedgerArguments.View((RedisResult[])row!));

    private static NoneReason Reason(string letter) => letter switch { "b" => NoneReason.Busy, "x" => NoneReason.Exhausted, _ => NoneReason.NoSuchPool };

    private static TimeSpan? RetryAfter(string ms) =>
        ms.Length > 0 ? TimeSpan.FromMilliseconds(double.Parse(ms, System.Globalization.CultureInfo.InvariantCulture)) : null;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Redis does not let the token ledger ask which run of the server it is (INFO): an old copy of the ledger that comes back with a restart is not noticed.")]
        public static partial void RunUnknown(ILogger logger);
    }
}
