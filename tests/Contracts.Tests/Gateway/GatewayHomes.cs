using GrokForge.Gateway;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>A gateway for the tests of one class, and an admin process that calls it from outside.</summary>
public abstract class GatewayHome : IAsyncLifetime
{
    private ServiceUnderTest? _gateway;
    private ServiceUnderTest? _caller;

    internal IServiceProvider Gateway => _gateway!.Services;

    /// <summary>The contract as the gateway's own process has it.</summary>
    internal T Inside<T>() where T : notnull => _gateway!.Services.GetRequiredService<T>();

    /// <summary>The contract as another process reaches it.</summary>
    internal T Outside<T>() where T : notnull => _caller!.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        _gateway = await ServiceUnderTest.StartAsync(
            "gateway", await ConfigurationAsync(), b => b.AddGateway(), app => app.MapGateway().MapGatewayRpc(), rpc: true, cancel);
        _caller = await ServiceUnderTest.StartAsync(
            "admin", new Dictionary<string, string?> { ["services:gateway:grpc:0"] = _gateway.Rpc },
            b => b.AddRemoteVirtualKeys().AddRemoteSettingsStore().AddRemoteUsageQueries(), _ => { }, rpc: false, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in new[] { _caller, _gateway }.OfType<ServiceUnderTest>())
        {
            await service.StopAsync(CancellationToken.None);
            await service.DisposeAsync();
        }

        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<Dictionary<string, string?>> ConfigurationAsync();

    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;
}

/// <summary>A gateway on SQLite.</summary>
public sealed class GatewayOnSqlite : GatewayHome
{
    protected override Task<Dictionary<string, string?>> ConfigurationAsync() => Task.FromResult(new Dictionary<string, string?>());
}

/// <summary>A gateway on PostgreSQL.</summary>
public sealed class GatewayOnPostgres : GatewayHome
{
    private readonly PostgresServer _postgres = new();

    protected override async Task<Dictionary<string, string?>> ConfigurationAsync() => new()
    {
        ["ConnectionStrings:grokforge"] = await _postgres.CreateDatabaseAsync(),
        ["GROKFORGE_MASTER_KEY"] = Convert.ToBase64String(new byte[32]),
    };

    protected override ValueTask CleanUpAsync() => _postgres.DisposeAsync();
}
