using System.Net.Sockets;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class DatabaseFaultTests
{
    private const string Refused = "Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5";
    private const string Nowhere = "Host=nosuchhost.invalid;Database=x;Username=x;Timeout=5";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Refused), InlineData(Nowhere)]
    public async Task A_server_that_cannot_be_reached_is_a_fault_of_the_database(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => connection.OpenAsync(Cancel));
        Assert.True(DatabaseFault.Is(thrown), thrown.ToString());
        Assert.True(DatabaseFault.Is(new InvalidOperationException("likely transient", thrown)));
        Assert.True(DatabaseFault.Is(new DbUpdateException("see inner", thrown)));
        Assert.True(DatabaseFault.Is(new Microsoft.EntityFrameworkCore.Storage.RetryLimitExceededException("tried three times", thrown)));
        Assert.True(DatabaseFault.Is(new AggregateException(thrown)));
    }

    [Theory, InlineData(Refused), InlineData(Nowhere)]
    public async Task The_watch_survives_a_server_that_cannot_be_reached(string connectionString)
    {
        using var watch = new DatabaseWatch(
            new Database(DatabaseKind.Postgres, connectionString), [], new ReadinessReasons(), new FakeTimeProvider(), NullLogger<DatabaseWatch>.Instance);
        await watch.ProbeAsync(Cancel);
        Assert.Equal(ReadinessLevel.Degraded, watch.Check().Level);
    }

    [Theory, InlineData(Refused), InlineData(Nowhere)]
    public async Task A_start_that_has_waited_a_minute_for_the_server_says_which_one_is_missing(string connectionString)
    {
        // Each look at the clock is a minute after the last one.
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(61) };
        var inventory = new StoreInventory(new Database(DatabaseKind.Postgres, connectionString), time, NullLogger.Instance);
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => inventory.WaitForServerAsync(Cancel));
        Assert.Contains("cannot be reached", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_the_databases_is_told_apart()
    {
        var socket = new SocketException((int)SocketError.HostNotFound);
        Assert.False(DatabaseFault.Is(new RpcException(new Status(StatusCode.NotFound, "no such key", socket))));
        Assert.False(DatabaseFault.Is(new HttpRequestException("no host", socket)));
        Assert.False(DatabaseFault.Is(new StackExchange.Redis.RedisException("away", socket)));
        Assert.False(DatabaseFault.Is(new InvalidOperationException("a mistake")));
        Assert.False(DatabaseFault.Is(new SqliteException("UNIQUE constraint failed", 19)));
        Assert.True(DatabaseFault.Is(new SqliteException("unable to open database file", 14)));
    }
}
