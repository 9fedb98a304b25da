using GrokForge.TokenPool.Ledger.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The promises, kept in Redis, and what only a ledger of several replicas can promise.</summary>
public sealed class RedisLedgerContract(LedgerRedis redis) : LedgerContract, IClassFixture<LedgerRedis>
{
    private protected override async ValueTask<ILedgerHome> OpenAsync()
    {
        await redis.FlushAsync();
        return new RedisHome(redis);
    }

    [Fact]
    public async Task A_ledger_that_lost_its_data_says_so_and_can_be_loaded_again()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await LoadAsync(Config, Token(1, 20));
        var ledger = redis.Ledger(LedgerScripts.Exact);
        var old = await ledger.BorrowAsync(Wish("b"), cancellationToken);
        await redis.FlushAsync();
        Assert.False(await ledger.IsLoadedAsync(cancellationToken));
        Assert.Equal(GrokForge.TokenPool.Ledger.NoneReason.Rebuilding, (await ledger.BorrowAsync(Wish("b"), cancellationToken)).None);
        await LoadAsync(Config, Token(1, 20));
        Assert.True((await ledger.BorrowAsync(Wish("c"), cancellationToken)).Granted);
        Assert.Equal(GrokForge.TokenPool.Ledger.SettleKind.AlreadySettled, (await ledger.SettleAsync(old.LeaseId, Refunded, cancellationToken)).Kind);
        Assert.Equal(1, (await ledger.ReadOneAsync(1, cancellationToken)).Inflight);
    }

    [Fact]
    public async Task Each_batch_prolongs_the_right_to_load()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var ledger = redis.Ledger(LedgerScripts.Exact);
        await ledger.TryBeginLoadAsync(Config, AnyRight with { Lifetime = TimeSpan.FromMinutes(1) }, cancellationToken);
        Assert.InRange((await redis.Database.KeyTimeToLiveAsync("{gf}:load"))!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        await ledger.LoadAsync(AnyRight with { Lifetime = TimeSpan.FromHours(1) }, [Token(1, 20)], cancellationToken);
        Assert.InRange((await redis.Database.KeyTimeToLiveAsync("{gf}:load"))!.Value, TimeSpan.FromMinutes(2), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_grant_whose_answer_came_too_late_is_taken_back()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await LoadAsync(Config, Token(1, 20));
        var options = ConfigurationOptions.Parse(redis.Server.Multiplexer.Configuration);
        (options.AsyncTimeout, options.HeartbeatInterval) = (100, TimeSpan.FromMilliseconds(50));
        await using var impatient = await ConnectionMultiplexer.ConnectAsync(options);
        var ledger = new RedisLedger(() => impatient.GetDatabase(redis.Database.Database), LedgerScripts.Exact);

        await redis.Database.ExecuteAsync("CLIENT", "PAUSE", "1000", "WRITE");
        await Assert.ThrowsAsync<RedisTimeoutException>(async () => await ledger.BorrowAsync(Wish("b"), cancellationToken));

        // One rev for the grant, one for the refund.
        var view = await redis.Ledger(LedgerScripts.Exact).ReadOneAsync(1, cancellationToken);
        while (view.Rev < 2)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            view = await redis.Ledger(LedgerScripts.Exact).ReadOneAsync(1, cancellationToken);
        }
        Assert.Equal((2, 0, 20), (view.Rev, view.Inflight, view.Quotas["auto"].Remaining));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_late_answer_does_not_take_back_a_lease_that_another_replica_answered_too(bool lateIsFirst)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await LoadAsync(Config, Token(1, 20));
        var other = redis.Ledger(LedgerScripts.Exact);
        string[] attempts = lateIsFirst ? ["late"] : ["other", "late"];
        foreach (var attempt in attempts)
            await redis.Database.ScriptEvaluateAsync(LedgerScripts.Exact.Borrow.Text, ["{gf}:c"], LedgerArguments.Borrow(Wish("b"), attempt));
        var held = await other.BorrowAsync(Wish("b"), cancellationToken);
        Assert.True(held.Repeated);

        await redis.Database.ScriptEvaluateAsync(LedgerScripts.Exact.Withdraw.Text, ["{gf}:c"], LedgerArguments.Withdraw("b", "late"));

        Assert.Equal(GrokForge.TokenPool.Ledger.SettleKind.Applied, (await other.SettleAsync(held.LeaseId, Kept, cancellationToken)).Kind);
    }

    [Theory]
    [InlineData("mine", 0, 20)]
    [InlineData("another", 1, 19)]
    public async Task Only_the_attempt_that_got_a_lease_takes_it_back(string attempt, int inflight, int left)
    {
        await LoadAsync(Config, Token(1, 20));
        await redis.Database.ScriptEvaluateAsync(LedgerScripts.Exact.Borrow.Text, ["{gf}:c"], LedgerArguments.Borrow(Wish("b"), "mine"));

        await redis.Database.ScriptEvaluateAsync(LedgerScripts.Exact.Withdraw.Text, ["{gf}:c"], LedgerArguments.Withdraw("b", attempt));

        var view = await redis.Ledger(LedgerScripts.Exact).ReadOneAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal((inflight, left), (view.Inflight, view.Quotas["auto"].Remaining));
    }

    [Fact]
    public async Task A_server_that_does_not_tell_its_run_is_warned_of_once()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await LoadAsync(Config, Token(1, 20));
        var said = new KeptLevels();
        var silent = new LedgerScripts(text => text.Replace("redis.pcall('INFO', 'server')", "{ err = 'NOPERM' }", StringComparison.Ordinal));
        var ledger = new RedisLedger(() => redis.Database, silent, said);

        Assert.True(await ledger.IsLoadedAsync(cancellationToken));
        Assert.True(await ledger.IsLoadedAsync(cancellationToken));

        Assert.Equal(LogLevel.Warning, Assert.Single(said.Levels));
    }

    [Fact]
    public async Task A_ledger_that_is_put_aside_or_of_another_run_gives_nothing_to_be_written()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await LoadAsync(Config, Token(1, 20));
        var ledger = redis.Ledger(LedgerScripts.Exact);
        await ledger.BorrowAsync(Wish(""), cancellationToken);
        await redis.Database.KeyRenameAsync("{gf}:c", "{gf}:c.new");
        Assert.Empty(await ledger.TakeDirtyAsync(10, cancellationToken));

        await redis.Database.KeyRenameAsync("{gf}:c.new", "{gf}:c");
        var run = await redis.Database.HashGetAsync("{gf}:c", "run");
        await redis.Database.HashSetAsync("{gf}:c", "run", "another");
        Assert.Empty(await ledger.TakeDirtyAsync(10, cancellationToken));

        await redis.Database.HashSetAsync("{gf}:c", "run", run);
        Assert.Single(await ledger.TakeDirtyAsync(10, cancellationToken));
    }

    [Fact]
    public async Task Borrow_and_settle_are_one_round_trip_each()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await LoadAsync(Config, [.. Enumerable.Range(1, 100).Select(id => Token(id, 20))]);
        var ledger = redis.Ledger(LedgerScripts.Exact);
        await ledger.SettleAsync((await ledger.BorrowAsync(Wish("a"), cancellationToken)).LeaseId, Kept, cancellationToken);
        await redis.Database.ExecuteAsync("CONFIG", "RESETSTAT");

        var lease = await ledger.BorrowAsync(Wish("b"), cancellationToken);
        await ledger.SettleAsync(lease.LeaseId, Kept, cancellationToken);

        // What scripts call is counted by itself, so all that is not such a call came over the wire.
        var stats = (await redis.Server.InfoAsync("commandstats"))[0].ToDictionary(s => s.Key, s => s.Value);
        var scripts = stats.Where(s => s.Key.StartsWith("cmdstat_eval", StringComparison.Ordinal)).Sum(s => Calls(s.Value));
        Assert.Equal(2, scripts);
        Assert.DoesNotContain("cmdstat_script|load", stats.Keys);
    }

    private static int Calls(string stat) => int.Parse(stat.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_flushed_script_cache_heals_itself()
    {
        await LoadAsync(Config, Token(1, 20));
        var ledger = redis.Ledger(LedgerScripts.Exact);
        await ledger.BorrowAsync(Wish(""), TestContext.Current.CancellationToken);
        await redis.Database.ExecuteAsync("SCRIPT", "FLUSH");
        Assert.True((await ledger.BorrowAsync(Wish(""), TestContext.Current.CancellationToken)).Granted);
    }

    [Fact]
    public async Task A_reindex_that_another_replica_left_unfinished_is_finished()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20));
        var ledger = redis.Ledger(LedgerScripts.Exact);
        await ledger.BorrowAsync(Wish(""), cancellationToken);
        await redis.Database.ScriptEvaluateAsync(LedgerScripts.Exact.Configure.Text, ["{gf}:c"], LedgerArguments.Settings(Config with { MaxInflight = 2 }));
        Assert.False((await ledger.BorrowAsync(Wish(""), cancellationToken)).Granted);
        await ledger.ConfigureAsync(Config with { MaxInflight = 2 }, cancellationToken);
        Assert.True((await ledger.BorrowAsync(Wish(""), cancellationToken)).Granted);
    }

    private sealed class KeptLevels : ILogger
    {
        public List<LogLevel> Levels { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Levels.Add(logLevel);
    }
}
