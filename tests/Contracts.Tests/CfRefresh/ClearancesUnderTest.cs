using GrokForge.CfRefresh;
using GrokForge.CfRefresh.Clearance;
using GrokForge.Contracts.Clearance;
using GrokForge.Contracts.Tests.TokenPool;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.CfRefresh;

/// <summary>One replica of the clearance service with everything real but the clock, the bus and the solver, reached in process or over gRPC.</summary>
internal sealed class ClearancesUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel? _channel;

    private ClearancesUnderTest(WebApplication app, FakeTimeProvider time, bool overGrpc)
    {
        (_app, Time) = (app, time);
        var server = (TestServer)app.Services.GetRequiredService<IServer>();
        _channel = overGrpc ? GrpcChannel.ForAddress("http://cfrefresh", new GrpcChannelOptions { HttpHandler = server.CreateHandler() }) : null;
        Clearances = _channel is null ? app.Services.GetRequiredService<IClearances>() : new RemoteClearances(new Clearances.ClearancesClient(_channel));
    }

    public FakeTimeProvider Time { get; }

    public IClearances Clearances { get; }

    public RecordedEvents Events => (RecordedEvents)_app.Services.GetRequiredService<EventPublisher>();

    public CurrentSettings Settings => _app.Services.GetRequiredService<CurrentSettings>();

    public ReadinessReport Health => _app.Services.GetRequiredService<ReadinessReasons>().Read();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Starts a replica on a back end; one on the same back end again is a restart, or a second replica.</summary>
    public static async Task<ClearancesUnderTest> StartAsync(PoolBackEnd backEnd, ProxyOptions proxy, FakeTimeProvider time, bool overGrpc)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton(backEnd.Database);
        builder.Services.AddSingleton(new CurrentSettings(new SettingsSnapshot { Proxy = proxy }));
        builder.Services.AddSingleton(backEnd.Protector);
        builder.Services.AddSingleton<EventPublisher, RecordedEvents>();
        builder.Services.AddSingleton<ReadinessReasons>();
        builder.Services.AddGrpc();
        builder.AddMigrations();
        builder.AddCfRefresh();
        var app = builder.Build();
        app.MapGrpcService<ClearancesRpc>();
        await app.StartAsync(Cancelled);
        return new ClearancesUnderTest(app, time, overGrpc);
    }

    public Task<ClearanceReply> CurrentAsync() => Clearances.CurrentAsync(new CurrentClearanceRequest(), Cancelled);

    public Task<ClearanceReply> ChallengeAsync(string versionSeen, double waitSeconds = 60) =>
        Clearances.ChallengeAsync(new ChallengeRequest { VersionSeen = versionSeen, WaitSeconds = waitSeconds }, Cancelled);

    /// <summary>Awaits a state of what is in force, without moving the clock.</summary>
    public async Task<ClearanceReply> UntilAsync(Func<ClearanceReply, bool> condition)
    {
        while (true)
        {
            var reply = await CurrentAsync();
            if (condition(reply))
                return reply;
            await Task.Delay(TimeSpan.FromMilliseconds(20), Cancelled);
        }
    }

    /// <summary>Moves the clock so far, in steps that timers see.</summary>
    public async Task MoveTimeAsync(TimeSpan by)
    {
        for (var moved = TimeSpan.Zero; moved < by; moved += TimeSpan.FromSeconds(30))
        {
            Time.Advance(by - moved < TimeSpan.FromSeconds(30) ? by - moved : TimeSpan.FromSeconds(30));
            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancelled);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
