using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.Health;

public sealed class DatabaseWatchTests
{
    private static readonly StoreRegistration Store = new("notes", [], (_, _) => Task.CompletedTask);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(true, ReadinessLevel.NotReady), InlineData(false, ReadinessLevel.Degraded)]
    public async Task A_minute_without_its_own_database_makes_a_replica_unready(bool owns, ReadinessLevel afterwards)
    {
        await using var server = await PostgresServer.StartPrivateAsync(Token);
        var time = new FakeTimeProvider();
        using var watch = new DatabaseWatch(
            new Database(DatabaseKind.Postgres, server.ConnectionString), owns ? [Store] : [], new ReadinessReasons(), time, NullLogger<DatabaseWatch>.Instance);

        await watch.ProbeAsync(Token);
        Assert.Equal(ReadinessLevel.Ready, watch.Check().Level);

        await server.StopAsync(Token);
        await watch.ProbeAsync(Token);
        Assert.Equal(ReadinessLevel.Degraded, watch.Check().Level);
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(afterwards, watch.Check().Level);

        await server.StartAsync(Token);
        await watch.ProbeAsync(Token);
        Assert.Equal(ReadinessLevel.Ready, watch.Check().Level);
    }
}
