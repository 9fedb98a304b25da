using GrokForge.TestKit.Servers;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Redis;
using StackExchange.Redis;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>A Redis that a test class has for itself: a server of its own, or a database of the one that the environment names.</summary>
public sealed class LedgerRedis : IAsyncLifetime
{
    private LocalServer? own;
    private ConnectionMultiplexer? connection;

    public IDatabase Database => connection!.GetDatabase(own is null ? 7 : 0);

    public IServer Server => connection!.GetServers()[0];

    public async ValueTask InitializeAsync()
    {
        string server;
        try
        {
            own = await RedisServer.StartPrivateAsync(TestContext.Current.CancellationToken);
            server = own.ConnectionString;
        }
        catch (SkippedTestException)
        {
            server = await new RedisServer().ConnectionStringAsync();
        }
        connection = await ConnectionMultiplexer.ConnectAsync(server, options => options.AllowAdmin = true);
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
        if (own is not null)
            await own.DisposeAsync();
    }

    public Task FlushAsync() => Database.ExecuteAsync("FLUSHDB");

    internal RedisLedger Ledger(LedgerScripts scripts) => new(() => Database, scripts);
}

/// <summary>The shared ledger; time moves by the test offset.</summary>
internal sealed class RedisHome(LedgerRedis redis) : ILedgerHome
{
    private readonly RedisLedger ledger = redis.Ledger(LedgerScripts.Exact);
    private TimeSpan offset;

    public ILedger Ledger => ledger;

    public async ValueTask AdvanceAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        offset += by;
        await ledger.SetTestOffsetAsync(offset);
        await Ledger.SweepAllAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
