using GrokForge.ServiceDefaults.Bus;
using MassTransit;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.ServiceDefaults;

/// <summary>Caches trust in events only as long as the broker has been there; a bus in memory that is stopped stands for one that is away.</summary>
public sealed class BusReachTests : IAsyncDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly CountingClock _time = new();
    private readonly BusReach _reach = new(everyone: false);
    private readonly IBusControl _bus = Bus.Factory.CreateUsingInMemory(_ => { });
    private readonly BusReachWatch _watch;

    public BusReachTests() => _watch = new BusReachWatch(_bus, _reach, _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Caches_live_short_until_the_broker_has_been_there_as_long_as_they_live()
    {
        await StartBusAsync();
        await _watch.StartAsync(Cancel);
        await UntilAsync(() => _time.Readings >= 2);

        for (var second = 1; second <= 4; second++)
        {
            await SecondAsync();
            Assert.Equal(Short, _reach.CacheLifetime);
        }

        await SecondAsync();
        await UntilAsync(() => _reach.CacheLifetime == Long);
    }

    [Fact]
    public async Task While_the_broker_is_away_and_for_a_short_life_after_it_caches_live_short()
    {
        await StartBusAsync();
        await _watch.StartAsync(Cancel);
        await UntilAsync(() => _time.Readings >= 2);
        for (var second = 1; second <= 5; second++)
            await SecondAsync();
        await UntilAsync(() => _reach.CacheLifetime == Long);

        await _bus.StopAsync(Cancel);
        _time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => _reach.CacheLifetime == Short);

        await StartBusAsync();
        for (var second = 0; second <= 4; second++)
        {
            await SecondAsync();
            Assert.Equal(Short, _reach.CacheLifetime);
        }

        await SecondAsync();
        await UntilAsync(() => _reach.CacheLifetime == Long);
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.StopAsync(CancellationToken.None);
        _watch.Dispose();
        await _bus.StopAsync(CancellationToken.None);
    }

    /// <summary>Starts the bus and waits until it calls itself healthy, which it does a moment after its start has returned.</summary>
    private async Task StartBusAsync()
    {
        await _bus.StartAsync(Cancel);
        await UntilAsync(() => _bus.CheckHealth().Status == BusHealthStatus.Healthy);
    }

    /// <summary>Lets a second pass and waits until the watch, which reads the clock whenever it finds the broker there, has looked again.</summary>
    private async Task SecondAsync()
    {
        var before = _time.Readings;
        _time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => _time.Readings > before);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
    }

    private sealed class CountingClock : FakeTimeProvider
    {
        private int _readings;

        public int Readings => Volatile.Read(ref _readings);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _readings);
            return base.GetTimestamp();
        }
    }
}
