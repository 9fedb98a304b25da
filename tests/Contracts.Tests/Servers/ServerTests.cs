using GrokForge.TestKit.Servers;
using Npgsql;
using StackExchange.Redis;

namespace GrokForge.Contracts.Tests.Servers;

public sealed class ServerTests(PostgresServer postgres, RedisServer redis) : IClassFixture<PostgresServer>, IClassFixture<RedisServer>
{
    [Fact]
    public async Task Every_database_is_empty_and_its_own()
    {
        var first = await postgres.CreateDatabaseAsync();
        var second = await postgres.CreateDatabaseAsync();

        Assert.NotEqual(first, second);
        await using var connection = new NpgsqlConnection(first);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", connection);
        Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Redis_answers()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(await redis.ConnectionStringAsync());

        Assert.True(connection.GetServers()[0].IsConnected);
    }

    [Fact]
    public async Task A_private_server_keeps_its_port_over_a_restart()
    {
        await using var server = await RedisServer.StartPrivateAsync(TestContext.Current.CancellationToken);
        var before = server.ConnectionString;

        await server.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync($"{before},connectRetry=1,connectTimeout=300"));
        await server.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(before, server.ConnectionString);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(before);
        Assert.True(connection.IsConnected);
    }

    [Fact]
    public async Task A_private_broker_stops_and_leaves_nothing_behind()
    {
        var broker = await RabbitMqServer.StartPrivateAsync(TestContext.Current.CancellationToken);
        await broker.DisposeAsync();

        Assert.False(Directory.Exists(broker.Folder));
    }
}
