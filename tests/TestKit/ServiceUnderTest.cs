using GrokForge.ServiceDefaults;
using GrokForge.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GrokForge.TestKit;

/// <summary>A service on real sockets inside the test process, with a data folder of its own.</summary>
public sealed class ServiceUnderTest : IAsyncDisposable
{
    /// <summary>The internal key of all services under test that were given no other.</summary>
    public const string InternalKey = "internal-key-of-tests-0123456789";

    private readonly WebApplication _app;
    private readonly DirectoryInfo? _ownFolder;

    private ServiceUnderTest(WebApplication app, int rpcPort, DirectoryInfo? ownFolder)
    {
        _app = app;
        _ownFolder = ownFolder;
        RpcPort = rpcPort;
        Http = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(a => new Uri(a).Port != rpcPort));
    }

    /// <summary>The public door.</summary>
    public Uri Http { get; }

    /// <summary>The RPC port; 0: none.</summary>
    public int RpcPort { get; }

    /// <summary>The RPC door as other services are told of it.</summary>
    public string Rpc => $"http://127.0.0.1:{RpcPort}";

    public IServiceProvider Services => _app.Services;

    /// <summary>Builds and starts a service.</summary>
    /// <param name="configuration">Keys as the environment has them after the host read it, e.g. ConnectionStrings:redis, app:drain_seconds, services:tokenpool:grpc:0.</param>
    /// <param name="rpc">Whether it opens an RPC port.</param>
    public static async Task<ServiceUnderTest> StartAsync(
        string service, IReadOnlyDictionary<string, string?> configuration, Action<WebApplicationBuilder> add, Action<WebApplication> map, bool rpc, CancellationToken cancellationToken)
    {
        var rpcPort = rpc ? FreePort.Next() : 0;
        var ownFolder = configuration.ContainsKey("app:data_dir") ? null : Directory.CreateTempSubdirectory("grokforge-test-");
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["GROKFORGE_GRPC_PORT"] = $"{rpcPort}",
            ["GROKFORGE_INTERNAL_KEY"] = InternalKey,
            ["app:data_dir"] = ownFolder?.FullName,
            ["app:log_file_path"] = "",
            ["app:log_level"] = "error",
        }.Where(p => !configuration.ContainsKey(p.Key)).Concat(configuration));
        builder.AddServiceDefaults(service);
        add(builder);
        var app = builder.Build();
        app.MapServiceDefaults();
        map(app);
        await app.StartAsync(cancellationToken);
        return new ServiceUnderTest(app, rpcPort, ownFolder);
    }

    /// <summary>Asks the service to stop, as SIGTERM does, and waits for its end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _app.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _ownFolder?.Delete(recursive: true);
    }
}
