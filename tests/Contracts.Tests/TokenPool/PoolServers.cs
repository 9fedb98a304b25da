using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Npgsql;
using StackExchange.Redis;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The servers of a class of tests: the shared PostgreSQL, and a Redis of its own, which tests empty.</summary>
public sealed class PoolServers : IAsyncLifetime
{
    private readonly PostgresServer _postgres = new();
    private LocalServer? _redis;

    /// <summary>A fresh database, and the Redis emptied.</summary>
    internal async Task<PoolBackEnd> NewBackEndAsync()
    {
        var database = await _postgres.CreateDatabaseAsync();
        _redis ??= await RedisServer.StartPrivateAsync(TestContext.Current.CancellationToken);
        var backEnd = new PostgresBackEnd(database, _redis.ConnectionString);
        await backEnd.LoseHotStateAsync();
        return backEnd;
    }

    /// <summary>A fresh database, for a ledger in memory.</summary>
    internal async Task<PoolBackEnd> NewBackEndInMemoryAsync() => new PostgresBackEnd(await _postgres.CreateDatabaseAsync(), null);

    /// <summary>Servers of the test's own, which it stops and starts; it disposes them.</summary>
    internal static async Task<(PoolBackEnd BackEnd, LocalServer Postgres, LocalServer Redis)> NewPrivateBackEndAsync()
    {
        var postgres = await PostgresServer.StartPrivateAsync(TestContext.Current.CancellationToken);
        var redis = await RedisServer.StartPrivateAsync(TestContext.Current.CancellationToken);
        return (new PostgresBackEnd(postgres.ConnectionString.Replace("Database=postgres", "Database=pool", StringComparison.Ordinal), redis.ConnectionString), postgres, redis);
    }

    public ValueTask InitializeAsync() => _postgres.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
            await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
    }
}

/// <summary>A PostgreSQL database of its own, and a ledger in Redis or in memory.</summary>
internal sealed class PostgresBackEnd(string connectionString, string? redis) : PoolBackEnd
{
    public override Database Database { get; } = new(DatabaseKind.Postgres, connectionString);

    public override string? Redis => redis;

    public override Task LoseHotStateAsync() => WithRedisAsync(r => r.ExecuteAsync("FLUSHALL"));

    public override Task MoveTimeAsync(TimeSpan by) => WithRedisAsync(r => r.StringIncrementAsync("{gf}:offset", (long)by.TotalMilliseconds));

    public override async Task<string> DumpAsync()
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(
            "SELECT string_agg(t::text || encode(secret, 'escape') || encode(fingerprint, 'escape'), '') FROM tokenpool.tokens t", connection);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public override ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearPool(new NpgsqlConnection(connectionString));
        return ValueTask.CompletedTask;
    }

    private async Task WithRedisAsync(Func<IDatabase, Task> call)
    {
        if (redis is null)
            return;
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis},allowAdmin=true");
        await call(connection.GetDatabase());
    }
}
