using GrokForge.TokenPool.Ledger.Redis;
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
        await redis.Database.ScriptEvaluateAsync(LedgerScripts.Exact.Configure, ["{gf}:c"], LedgerArguments.Settings(Config with { MaxInflight = 2 }));
        Assert.False((await ledger.BorrowAsync(Wish(""), cancellationToken)).Granted);
        await ledger.ConfigureAsync(Config with { MaxInflight = 2 }, cancellationToken);
        Assert.True((await ledger.BorrowAsync(Wish(""), cancellationToken)).Granted);
    }
}
