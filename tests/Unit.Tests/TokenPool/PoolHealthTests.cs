using GrokForge.ServiceDefaults.Health;
using GrokForge.TokenPool.Upkeep;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class PoolHealthTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PoolHealth _health;
    private TimeSpan _redisAway;

    public PoolHealthTests() => _health = new PoolHealth(_time, () => _redisAway) { Loaded = true };

    [Fact]
    public void A_loaded_pool_is_ready() => Assert.Equal(ReadinessLevel.Ready, _health.Check().Level);

    [Fact]
    public void A_pool_that_was_not_loaded_is_not_ready()
    {
        _health.Loaded = false;

        Assert.Equal(ReadinessLevel.NotReady, _health.Check().Level);
    }

    [Theory]
    [InlineData(4, ReadinessLevel.Degraded)]
    [InlineData(6, ReadinessLevel.NotReady)]
    public void Redis_may_be_away_for_five_seconds(int seconds, ReadinessLevel level)
    {
        _health.LedgerAnswers(false);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _health.LedgerAnswers(false);

        Assert.Equal(level, _health.Check().Level);
    }

    [Theory]
    [InlineData(4, ReadinessLevel.Degraded)]
    [InlineData(6, ReadinessLevel.NotReady)]
    public void A_broken_connection_counts_before_a_call_has_failed(int seconds, ReadinessLevel level)
    {
        _redisAway = TimeSpan.FromSeconds(seconds);

        Assert.Equal(level, _health.Check().Level);
    }

    [Fact]
    public void Redis_that_came_back_is_forgiven()
    {
        _health.LedgerAnswers(false);
        _time.Advance(TimeSpan.FromSeconds(60));
        _health.LedgerAnswers(true);

        Assert.Equal(ReadinessLevel.Ready, _health.Check().Level);
    }

    [Fact]
    public void An_outage_is_news_once()
    {
        Assert.True(_health.LedgerAnswers(false));
        Assert.False(_health.LedgerAnswers(false));
        Assert.True(_health.LedgerAnswers(true));
        Assert.False(_health.LedgerAnswers(true));
    }
}
