using GrokForge.Contracts.Tokens;
using GrokForge.TestKit.Servers;
using GrokForge.TokenPool.Ledger.Redis;
using Grpc.Core;
using StackExchange.Redis;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>A Redis that comes back with an old copy of the ledger, and one that has only been out of reach.</summary>
public sealed class OldRedisTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_old_copy_neither_lends_spent_units_again_nor_revives_tokens()
    {
        var (backEnd, postgres, redis) = await PoolServers.NewPrivateBackEndAsync();
        await using var _ = backEnd;
        await using var __ = postgres;
        await using var ___ = redis;
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var spent = (await pool.ImportAsync(priority: 2))[0];
        var ended = (await pool.ImportAsync(priority: 1))[0];
        var before = await pool.GrantAsync();
        await ServerAsync(redis.ConnectionString, server => server.ExecuteAsync("SAVE"));

        Assert.Equal(spent, (await pool.GrantAsync()).TokenId);
        await pool.SettleAsync((await pool.BorrowAsync(excluded: [spent])).Grant, LeaseOutcome.TokenInvalid, detail: "401");
        await pool.FlushAsync();
        await redis.StopAsync(Cancellation);
        await redis.StartAsync(Cancellation);

        // From its first answer on.
        BorrowReply? reply = null;
        await pool.UntilAsync(async () => (reply = await TryAsync(pool, spent)) is { None.Reason: not NoToken.Types.Reason.Rebuilding } or { Grant: not null });
        Assert.Equal(NoToken.Types.Reason.NoSuchPool, reply?.None?.Reason);
        await pool.FlushAsync();
        Assert.Equal(("expired", "401"), ((await pool.GetAsync(ended)).Status, (await pool.RowAsync(ended)).StatusReason));
        Assert.Equal(5, (await pool.GetAsync(spent)).Quotas["auto"].Remaining);

        // The lease that the copy knew is still a lease; numbers of leases were not given out twice.
        Assert.Equal(SettleReply.Types.Result.Applied, await pool.SettleAsync(before, LeaseOutcome.Succeeded));
        Assert.NotEqual(before.LeaseId, (await pool.GrantAsync()).LeaseId);
    }

    [Fact]
    public async Task A_load_across_a_crash_does_not_count_as_complete()
    {
        await using var redis = await RedisServer.StartPrivateAsync(Cancellation);
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true,abortConnect=false");
        var ledger = new RedisLedger(() => connection.GetDatabase(), LedgerScripts.Exact);
        Assert.True(await ledger.TryBeginLoadAsync(Config, AnyRight, Cancellation));
        Assert.True(await ledger.LoadAsync(AnyRight, [Token(1, 20)], Cancellation));
        await connection.GetDatabase().ExecuteAsync("SAVE");
        Assert.True(await ledger.LoadAsync(AnyRight, [Token(2, 20)], Cancellation));
        await redis.StopAsync(Cancellation);
        await redis.StartAsync(Cancellation);
        await AnswersAsync(connection);
        Assert.Equal([1], await ledger.IdsAsync(Cancellation));

        Assert.False(await ledger.LoadAsync(AnyRight, [Token(3, 20)], Cancellation));
        Assert.False(await ledger.CompleteLoadAsync(AnyRight, Cancellation));

        Assert.False(await ledger.IsLoadedAsync(Cancellation));
        await ledger.AbandonLoadAsync(AnyRight, Cancellation);
        Assert.True(await ledger.TryBeginLoadAsync(Config, AnyRight, Cancellation));
        Assert.True(await ledger.LoadAsync(AnyRight, [Token(1, 20), Token(2, 20)], Cancellation));
        Assert.True(await ledger.CompleteLoadAsync(AnyRight, Cancellation));
    }

    [Fact]
    public async Task A_connection_that_broke_alone_costs_no_rebuild()
    {
        var (backEnd, postgres, redis) = await PoolServers.NewPrivateBackEndAsync();
        await using var _ = backEnd;
        await using var __ = postgres;
        await using var ___ = redis;
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        await pool.ImportAsync();
        var held = await pool.GrantAsync();
        await ServerAsync(redis.ConnectionString, server => server.StringSetAsync("{gf}:load", "nobody may load"));

        await ServerAsync(redis.ConnectionString, server => server.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));

        await pool.UntilAsync(async () => (await TryAsync(pool))?.Grant is not null);
        Assert.Equal(SettleReply.Types.Result.Applied, await pool.SettleAsync(held, LeaseOutcome.Succeeded));
    }

    private static async Task AnswersAsync(ConnectionMultiplexer connection)
    {
        while (true)
        {
            try
            {
                await connection.GetDatabase().PingAsync();
                return;
            }
            catch (Exception e) when (e is RedisException or RedisTimeoutException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), Cancellation);
            }
        }
    }

    /// <summary>Null where Redis is not in reach yet.</summary>
    private static async Task<BorrowReply?> TryAsync(PoolUnderTest pool, params long[] excluded)
    {
        try
        {
            return await pool.BorrowAsync(excluded: excluded);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private static async Task ServerAsync(string redis, Func<IDatabase, Task> call)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis},allowAdmin=true");
        await call(connection.GetDatabase());
    }
}
