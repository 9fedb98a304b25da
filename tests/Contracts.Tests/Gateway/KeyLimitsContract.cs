using GrokForge.Contracts.Keys;
using GrokForge.Gateway.Limits;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.HotState;
using GrokForge.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>What the limits of a key mean, in memory and in Redis.</summary>
public abstract class KeyLimitsContract(GatewayOnSqlite gateway) : IClassFixture<GatewayOnSqlite>, IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    protected FakeTimeProvider Time { get; } = new(Noon);

    private protected abstract IKeyLimits Limits { get; }

    private protected DailyUse DailyUse => gateway.Inside<DailyUse>();

    private protected UsageBatch UsageBatch => gateway.Inside<UsageBatch>();

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected long Key { get; private set; }

    public virtual async ValueTask InitializeAsync() =>
        Key = (await gateway.Inside<IVirtualKeys>().CreateAsync(new CreateKeyRequest { Name = "limited" }, Cancel)).Id;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_request_past_the_limit_of_a_minute_is_refused_until_the_minute_has_passed()
    {
        for (var left = 4; left >= 0; left--)
        {
            var verdict = await AdmitAsync(rate: 5);
            Assert.Equal((LimitRefusal.None, 5, left), (verdict.Refusal, verdict.Limit, verdict.Remaining));
        }

        Time.Advance(TimeSpan.FromSeconds(20));
        var refused = await AdmitAsync(rate: 5);
        Assert.Equal((LimitRefusal.Minute, 5, 0), (refused.Refusal, refused.Limit, refused.Remaining));
        Assert.InRange(refused.RetryAfter, TimeSpan.FromSeconds(39), TimeSpan.FromSeconds(41));

        Time.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal(LimitRefusal.None, (await AdmitAsync(rate: 5)).Refusal);
    }

    [Fact]
    public async Task A_minute_slides_instead_of_starting_anew()
    {
        await AdmitAsync(rate: 2);
        Time.Advance(TimeSpan.FromSeconds(50));
        await AdmitAsync(rate: 2);
        Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(LimitRefusal.None, (await AdmitAsync(rate: 2)).Refusal);
        Assert.Equal(LimitRefusal.Minute, (await AdmitAsync(rate: 2)).Refusal);
    }

    [Fact]
    public async Task Refused_requests_count_for_nothing()
    {
        await AdmitAsync(rate: 1, daily: 10);
        for (var i = 0; i < 20; i++)
            Assert.Equal(LimitRefusal.Minute, (await AdmitAsync(rate: 1, daily: 10)).Refusal);

        Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(LimitRefusal.None, (await AdmitAsync(rate: 1, daily: 2)).Refusal);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(0, 10)]
    public async Task Requests_at_the_same_time_never_pass_a_limit(int rate, int daily)
    {
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => AdmitAsync(rate, daily).AsTask(), Cancel)));

        Assert.Equal(10, verdicts.Count(v => v.Refusal == LimitRefusal.None));
    }

    [Fact]
    public async Task A_day_ends_at_midnight_utc()
    {
        await AdmitAsync(daily: 1);
        var refused = await AdmitAsync(daily: 1);
        Assert.Equal((LimitRefusal.Day, 1, 0), (refused.Refusal, refused.Limit, refused.Remaining));
        Assert.InRange(refused.RetryAfter, TimeSpan.FromHours(12) - TimeSpan.FromSeconds(2), TimeSpan.FromHours(12) + TimeSpan.FromSeconds(2));

        Time.Advance(TimeSpan.FromHours(12) + TimeSpan.FromSeconds(2));
        Assert.Equal(LimitRefusal.None, (await AdmitAsync(daily: 1)).Refusal);
    }

    [Fact]
    public async Task What_does_not_count_for_the_day_is_not_refused_by_it()
    {
        await AdmitAsync(daily: 1);
        Assert.Equal(LimitRefusal.None, (await AdmitAsync(daily: 1, countsForDay: false)).Refusal);
        Assert.Equal(LimitRefusal.Day, (await AdmitAsync(daily: 1)).Refusal);
    }

    [Fact]
    public async Task A_refunded_request_makes_room_in_its_day()
    {
        var verdict = await AdmitAsync(daily: 1);
        await Limits.RefundDayAsync(Key, verdict, Cancel);
        Assert.Equal(LimitRefusal.None, (await AdmitAsync(daily: 1)).Refusal);

        await Limits.RefundDayAsync(Key, verdict with { CountedDay = verdict.CountedDay - 1 }, Cancel);
        Assert.Equal(LimitRefusal.Day, (await AdmitAsync(daily: 1)).Refusal);
    }

    [Fact]
    public async Task A_day_goes_on_from_what_the_database_knows()
    {
        var entry = new UsageEntry { RequestId = "r", KeyId = Key, Endpoint = "/v1/chat/completions", Status = 200, Outcome = UsageOutcome.Completed, CreatedAt = Noon };
        Assert.True(await gateway.Inside<UsageBatch>().TryWriteAsync([entry, entry with { Id = Guid.CreateVersion7() }], Cancel));

        Assert.Equal(LimitRefusal.None, (await AdmitAsync(daily: 3)).Refusal);
        Assert.Equal(LimitRefusal.Day, (await AdmitAsync(daily: 3)).Refusal);
    }

    [Fact]
    public async Task Zero_means_no_limit()
    {
        for (var i = 0; i < 2000; i++)
            Assert.Equal(LimitRefusal.None, (await AdmitAsync()).Refusal);
    }

    [Fact]
    public async Task A_raised_limit_counts_what_was_used_before()
    {
        await AdmitAsync(rate: 1, daily: 1);
        Assert.Equal(LimitRefusal.None, (await AdmitAsync(rate: 2, daily: 2)).Refusal);
        Assert.Equal(LimitRefusal.Day, (await AdmitAsync(rate: 3, daily: 2)).Refusal);
        Assert.Equal(LimitRefusal.Minute, (await AdmitAsync(rate: 2, daily: 3)).Refusal);
    }

    private protected ValueTask<LimitVerdict> AdmitAsync(int rate = 0, int daily = 0, bool countsForDay = true) =>
        Limits.AdmitAsync(new LimitWish(Key, rate, daily, countsForDay), Cancel);
}

public sealed class KeyLimitsInMemory : KeyLimitsContract
{
    public KeyLimitsInMemory(GatewayOnSqlite gateway) : base(gateway) => Limits = new MemoryKeyLimits(DailyUse, Time);

    private protected override IKeyLimits Limits { get; }
}

public sealed class KeyLimitsInRedis(GatewayOnSqlite gateway, RedisServer server) : KeyLimitsContract(gateway), IClassFixture<RedisServer>
{
    private readonly List<RedisConnection> _connections = [];
    private SharedKeyLimits? _limits;

    private protected override IKeyLimits Limits => _limits!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _limits = await ReplicaAsync(await server.ConnectionStringAsync());
        // Another test class's gateway numbers its keys from one, too.
        await _connections[0].Database.KeyDeleteAsync($"{{gf}}:limit:{Key}");
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Replicas_share_one_limit()
    {
        var other = await ReplicaAsync(await server.ConnectionStringAsync());
        var wish = new LimitWish(Key, 10, 0, true);

        var verdicts = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () => await (i % 2 == 0 ? _limits! : other).AdmitAsync(wish, Cancel), Cancel)));

        Assert.Equal(10, verdicts.Count(v => v.Refusal == LimitRefusal.None));
    }

    [Fact]
    public async Task While_redis_is_away_a_replica_counts_for_itself_and_says_so()
    {
        await using var own = await RedisServer.StartPrivateAsync(Cancel);
        var limits = await ReplicaAsync(own.ConnectionString);
        var wish = new LimitWish(Key, 3, 0, true);
        await limits.AdmitAsync(wish, Cancel);
        Assert.False(limits.IsAway);

        await own.StopAsync(Cancel);

        var verdicts = new List<LimitRefusal>();
        for (var i = 0; i < 4; i++)
            verdicts.Add((await limits.AdmitAsync(wish, Cancel)).Refusal);
        Assert.Equal([LimitRefusal.None, LimitRefusal.None, LimitRefusal.None, LimitRefusal.Minute], verdicts);
        Assert.True(limits.IsAway);

        await own.StartAsync(Cancel);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (limits.IsAway)
        {
            Time.Advance(TimeSpan.FromSeconds(2));
            await limits.AdmitAsync(wish, limit.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    [Fact]
    public async Task Each_time_redis_is_away_the_day_goes_on_from_the_database_and_a_refund_goes_where_its_unit_came_from()
    {
        await using var own = await RedisServer.StartPrivateAsync(Cancel);
        var limits = await ReplicaAsync(own.ConnectionString);
        var wish = new LimitWish(Key, 0, 5, true);
        var shared = await limits.AdmitAsync(wish, Cancel);

        await own.StopAsync(Cancel);
        var first = await limits.AdmitAsync(wish, Cancel);
        Assert.Equal((LimitRefusal.None, 4), (first.Refusal, first.Remaining));
        // The shared unit is not this replica's to give back.
        await limits.RefundDayAsync(Key, shared, Cancel);
        Assert.Equal(3, (await limits.AdmitAsync(wish, Cancel)).Remaining);
        await limits.RefundDayAsync(Key, first, Cancel);
        Assert.Equal(3, (await limits.AdmitAsync(wish, Cancel)).Remaining);

        await WriteUseAsync(4);
        await own.StartAsync(Cancel);
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            limit.CancelAfter(TimeSpan.FromSeconds(30));
            while (limits.IsAway)
            {
                Time.Advance(TimeSpan.FromSeconds(2));
                await limits.AdmitAsync(new LimitWish(Key + 1_000_000, 1000, 0, true), limit.Token);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
            }
        }

        // Redis counted one at most and is told what the database knows.
        Assert.Equal((LimitRefusal.None, 0), ((await limits.AdmitAsync(wish, Cancel)) is var back ? (back.Refusal, back.Remaining) : default));

        await WriteUseAsync(1);
        await own.StopAsync(Cancel);
        Assert.Equal(LimitRefusal.Day, (await limits.AdmitAsync(wish, Cancel)).Refusal);
    }

    private async Task WriteUseAsync(int count)
    {
        var entry = new UsageEntry
        {
            RequestId = "r",
            KeyId = Key,
            Endpoint = "/v1/chat/completions",
            Status = 502,
            Outcome = UsageOutcome.BrokenOff,
            CreatedAt = Time.GetUtcNow(),
        };
        Assert.True(await UsageBatch.TryWriteAsync([.. Enumerable.Range(0, count).Select(_ => entry with { Id = Guid.CreateVersion7() })], Cancel));
    }

    private async Task<SharedKeyLimits> ReplicaAsync(string connectionString)
    {
        var connection = new RedisConnection(connectionString, TimeProvider.System, NullLogger<RedisConnection>.Instance);
        _connections.Add(connection);
        // A replica that does not reach Redis at once counts for itself, which is another test.
        await connection.Database.PingAsync();
        return new SharedKeyLimits(connection, new MemoryKeyLimits(DailyUse, Time), DailyUse, Time, NullLogger<SharedKeyLimits>.Instance);
    }
}
