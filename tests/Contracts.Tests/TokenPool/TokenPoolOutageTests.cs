using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using Grpc.Core;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What is left of a token pool while one of its servers is away, and that it mends itself.</summary>
public sealed class TokenPoolOutageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_its_database_the_pool_goes_on_lending_and_writes_later()
    {
        var (backEnd, postgres, redis) = await PoolServers.NewPrivateBackEndAsync();
        await using var _ = postgres;
        await using var __ = redis;
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];

        await postgres.StopAsync(Cancellation);
        var grant = await pool.GrantAsync();
        Assert.Equal(SettleReply.Types.Result.Applied, await pool.SettleAsync(grant, LeaseOutcome.TokenInvalid, detail: "401"));
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => pool.GetAsync(id))).StatusCode);
        await postgres.StartAsync(Cancellation);

        await pool.UntilAsync(async () => await StatusAsync(pool, id) == "Expired");
    }

    [Fact]
    public async Task Without_Redis_nothing_is_lent_and_the_replica_says_so_until_it_is_back()
    {
        var (backEnd, postgres, redis) = await PoolServers.NewPrivateBackEndAsync();
        await using var _ = postgres;
        await using var __ = redis;
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        await pool.ImportAsync();

        await redis.StopAsync(Cancellation);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => pool.BorrowAsync())).StatusCode);
        await pool.UntilAsync(() => Task.FromResult(pool.Get<ReadinessReasons>().Read().Level == ReadinessLevel.NotReady));
        await redis.StartAsync(Cancellation);

        await pool.UntilAsync(async () => await LendsAsync(pool));
        await pool.UntilAsync(() => Task.FromResult(pool.Get<ReadinessReasons>().Read().Level == ReadinessLevel.Ready));
    }

    private static async Task<string> StatusAsync(PoolUnderTest pool, long id)
    {
        try
        {
            return (await pool.RowAsync(id)).Status.ToString();
        }
        catch (Exception e) when (GrokForge.TokenPool.Tokens.Outage.OfDatabase(e))
        {
            return "away";
        }
    }

    private static async Task<bool> LendsAsync(PoolUnderTest pool)
    {
        try
        {
            return (await pool.BorrowAsync()).Grant is not null;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }
}
