using GrokForge.ServiceDefaults.HotState;
using GrokForge.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace GrokForge.Contracts.Tests.HotState;

public sealed class RedisConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_knows_how_long_the_server_is_away_and_comes_back_by_itself()
    {
        await using var server = await RedisServer.StartPrivateAsync(Token);
        await using var redis = Connection($"{server.ConnectionString},connectTimeout=1000");
        await redis.Database.StringSetAsync("a", 1);
        Assert.Equal(TimeSpan.Zero, redis.AwayFor);

        await server.StopAsync(Token);
        await UntilAsync(() => redis.AwayFor > TimeSpan.Zero);
        await Assert.ThrowsAnyAsync<RedisException>(() => redis.Database.StringGetAsync("a"));
        await server.StartAsync(Token);

        await UntilAsync(() => redis.AwayFor == TimeSpan.Zero);
        await redis.Database.StringSetAsync("a", 2);
    }

    [Fact]
    public async Task A_command_is_refused_at_once_while_the_server_is_away_and_waits_less_than_a_borrow_may_take()
    {
        await using var server = await RedisServer.StartPrivateAsync(Token);
        await using var redis = Connection($"{server.ConnectionString},connectTimeout=1000");
        Assert.InRange(ConfigurationOptions.Parse(redis.Multiplexer.Configuration).AsyncTimeout, 1, 2000);

        await server.StopAsync(Token);
        await UntilAsync(() => redis.AwayFor > TimeSpan.Zero && !redis.Multiplexer.IsConnected);

        await Assert.ThrowsAsync<RedisConnectionException>(() => redis.Database.StringGetAsync("a"));
    }

    [Fact]
    public async Task A_server_that_is_away_at_the_start_does_not_throw_at_the_first_look()
    {
        await using var redis = Connection($"127.0.0.1:{FreePort.Next()},connectTimeout=300,connectRetry=1");

        Assert.NotNull(redis.Database);
        await UntilAsync(() => redis.AwayFor > TimeSpan.Zero);
    }

    [Fact]
    public async Task Without_a_connection_string_it_is_not_configured()
    {
        await using var redis = Connection(null);

        Assert.False(redis.IsConfigured);
        Assert.Throws<InvalidOperationException>(() => redis.Database);
    }

    private static RedisConnection Connection(string? connectionString) => new(connectionString, TimeProvider.System, NullLogger<RedisConnection>.Instance);

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
    }
}
