using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>Leasing in process, on SQLite and a ledger in memory.</summary>
public sealed class TokenLeasingInProcess : TokenLeasingContract, IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();

    private protected override Task<PoolUnderTest> StartAsync(TokenOptions? options = null) => PoolUnderTest.StartAsync(_backEnd, overGrpc: false, options);

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();
}

/// <summary>Leasing over gRPC, on SQLite and a ledger in memory.</summary>
public sealed class TokenLeasingOverGrpc : TokenLeasingContract, IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();

    private protected override Task<PoolUnderTest> StartAsync(TokenOptions? options = null) => PoolUnderTest.StartAsync(_backEnd, overGrpc: true, options);

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();
}

/// <summary>Administration in process, on SQLite and a ledger in memory.</summary>
public sealed class TokenAdminInProcess : TokenAdminContract, IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();

    private protected override Task<PoolUnderTest> StartAsync(TokenOptions? options = null) => PoolUnderTest.StartAsync(_backEnd, overGrpc: false, options);

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();
}

/// <summary>Administration over gRPC, on SQLite and a ledger in memory.</summary>
public sealed class TokenAdminOverGrpc : TokenAdminContract, IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();

    private protected override Task<PoolUnderTest> StartAsync(TokenOptions? options = null) => PoolUnderTest.StartAsync(_backEnd, overGrpc: true, options);

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();
}

/// <summary>Upkeep on SQLite and a ledger in memory.</summary>
public sealed class TokenUpkeepOnSqlite : TokenUpkeepTests
{
    private protected override PoolBackEnd NewBackEnd() => new SqliteBackEnd();
}
