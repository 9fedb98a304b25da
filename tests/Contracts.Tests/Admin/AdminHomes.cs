using GrokForge.Admin;
using GrokForge.Admin.Rim;
using GrokForge.CfRefresh;
using GrokForge.Gateway;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;
using GrokForge.TokenPool;
using GrokForge.Upstream;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>An installation whose /admin is on a real socket.</summary>
public abstract class AdminHome : IAsyncLifetime
{
    public const string Password = "the-admin's-password";

    /// <summary>The processes, the one with /admin last.</summary>
    private readonly List<ServiceUnderTest> _services = [];

    internal ServiceUnderTest Admin => _services[^1];

    /// <summary>A browser or script: cookies are kept, redirects are not followed.</summary>
    public HttpClient Client(string? bearer = Password)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = Admin.Http };
        if (bearer is not null)
            client.DefaultRequestHeaders.Add("Authorization", $"Bearer {bearer}");
        return client;
    }

    public async ValueTask InitializeAsync() => _services.AddRange(await StartAsync());

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(_services))
        {
            await service.StopAsync(CancellationToken.None);
            await service.DisposeAsync();
        }

        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    internal static Task<ServiceUnderTest> StartAllInOneAsync(Dictionary<string, string?> configuration) => ServiceUnderTest.StartAsync(
        "allinone", new Dictionary<string, string?>(configuration) { ["token:refresh_concurrency"] = "0" }, b => b.AddTokenPool().AddUpstream().AddCfRefresh().AddGateway().AddAdmin(), app => app.MapGateway().UseHiddenAdmin().MapAdmin(), rpc: false, TestContext.Current.CancellationToken);

    private protected abstract Task<IReadOnlyList<ServiceUnderTest>> StartAsync();

    private protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;
}

/// <summary>All in one process, on SQLite.</summary>
public sealed class AdminInOneProcess : AdminHome
{
    private protected override async Task<IReadOnlyList<ServiceUnderTest>> StartAsync() => [await StartAllInOneAsync(new() { ["app:app_key"] = Password })];
}

/// <summary>Gateway, token pool and Admin apart, on PostgreSQL.</summary>
public sealed class AdminApart : AdminHome
{
    private readonly PostgresServer _postgres = new();

    private protected override async Task<IReadOnlyList<ServiceUnderTest>> StartAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var shared = new Dictionary<string, string?>
        {
            ["ConnectionStrings:grokforge"] = await _postgres.CreateDatabaseAsync(),
            ["GROKFORGE_MASTER_KEY"] = Convert.ToBase64String(new byte[32]),
            ["app:app_key"] = Password,
            ["token:refresh_concurrency"] = "0",
        };
        var pool = await ServiceUnderTest.StartAsync("tokenpool", shared, b => b.AddRemoteUpstreamQuotas().AddTokenPool(), app => app.MapTokenPool().MapTokenPoolRpc(), rpc: true, cancel);
        var gateway = await ServiceUnderTest.StartAsync("gateway", shared, b => b.AddGateway(), app => app.MapGateway().MapGatewayRpc(), rpc: true, cancel);
        var cfrefresh = await ServiceUnderTest.StartAsync("cfrefresh", shared, b => b.AddCfRefresh(), app => app.MapCfRefresh().MapCfRefreshRpc(), rpc: true, cancel);
        var admin = await ServiceUnderTest.StartAsync(
            "admin", new Dictionary<string, string?>(shared) { ["services:tokenpool:grpc:0"] = pool.Rpc, ["services:gateway:grpc:0"] = gateway.Rpc, ["services:cfrefresh:grpc:0"] = cfrefresh.Rpc },
            b => b.AddRemoteTokenAdmin().AddRemoteVirtualKeys().AddRemoteSettingsStore().AddRemoteUsageQueries().AddRemoteClearances().AddRemoteUpstreamProbes().AddAdmin(), app => app.MapAdmin(), rpc: false, cancel);
        return [pool, gateway, cfrefresh, admin];
    }

    private protected override ValueTask CleanUpAsync() => _postgres.DisposeAsync();
}
