using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>Leasing in process, on SQLite and a ledger in memory.</summary>
public sealed class TokenLeasingInProcess : TokenLeasingContract, IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();

    private protected override Task<PoolUnderTest> StartAsync(TokenOptions? options = null) => PoolUnderTest.StartAsync(_backEnd, overGrpc: false, options);

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();
}

/// <summary>Leasing over gRPC, on PostgreSQL and a ledger in Redis.</summary>
public sealed class TokenLeasingOverGrpc(PoolServers servers) : TokenLeasingContract, IClassFixture<PoolServers>
{
    private protected override async Task<PoolUnderTest> StartAsync(TokenOptions? options = null) =>
        await PoolUnderTest.StartAsync(await servers.NewBackEndAsync(), overGrpc: true, options);
}

/// <summary>Administration in process, on SQLite and a ledger in memory.</summary>
public sealed class TokenAdminInProcess : TokenAdminContract, IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();

    private protected override Task<PoolUnderTest> StartAsync(TokenOptions? options = null) => PoolUnderTest.StartAsync(_backEnd, overGrpc: false, options);

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();
}

/// <summary>Administration over gRPC, on PostgreSQL and a ledger in Redis.</summary>
public sealed class TokenAdminOverGrpc(PoolServers servers) : TokenAdminContract, IClassFixture<PoolServers>
{
    private protected override async Task<PoolUnderTest> StartAsync(TokenOptions? options = null) =>
        await PoolUnderTest.StartAsync(await servers.NewBackEndAsync(), overGrpc: true, options);
}

/// <summary>Upkeep on SQLite and a ledger in memory.</summary>
public sealed class TokenUpkeepOnSqlite : TokenUpkeepTests
{
    private protected override Task<PoolBackEnd> NewBackEndAsync() => Task.FromResult<PoolBackEnd>(new SqliteBackEnd());
}

/// <summary>Upkeep on PostgreSQL and a ledger in memory.</summary>
public sealed class TokenUpkeepOnPostgres(PoolServers servers) : TokenUpkeepTests, IClassFixture<PoolServers>
{
    private protected override Task<PoolBackEnd> NewBackEndAsync() => servers.NewBackEndInMemoryAsync();
}

/// <summary>Upkeep on PostgreSQL and a ledger in Redis.</summary>
public sealed class TokenUpkeepOnRedis(PoolServers servers) : TokenUpkeepTests, IClassFixture<PoolServers>
{
    private protected override Task<PoolBackEnd> NewBackEndAsync() => servers.NewBackEndAsync();
}
