using GrokForge.Gateway.Limits;

namespace GrokForge.Unit.Tests.Gateway.Limits;

public sealed class KeyWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly KeyWindow _window = new();

    [Fact]
    public void A_minute_slides_second_by_second()
    {
        var wish = new LimitWish(1, 3, 0, true);
        Assert.Equal(LimitRefusal.None, Admit(wish, 0));
        Assert.Equal(LimitRefusal.None, Admit(wish, 30));
        Assert.Equal(LimitRefusal.None, Admit(wish, 30.5));
        Assert.Equal(LimitRefusal.Minute, Admit(wish, 59.9));
        Assert.Equal(LimitRefusal.None, Admit(wish, 60));
        Assert.Equal(LimitRefusal.Minute, Admit(wish, 89.9));
        Assert.Equal(LimitRefusal.None, Admit(wish, 90));
    }

    [Fact]
    public void A_refused_request_counts_for_nothing()
    {
        var wish = new LimitWish(1, 1, 0, true);
        Admit(wish, 0);
        for (var second = 1; second < 60; second++)
            Assert.Equal(LimitRefusal.Minute, Admit(wish, second));
        Assert.Equal(LimitRefusal.None, Admit(wish, 60));
    }

    [Fact]
    public void A_lowered_limit_waits_until_enough_seconds_have_left()
    {
        for (var second = 0; second < 10; second++)
            Admit(new LimitWish(1, 10, 0, true), second);

        var verdict = _window.TryAdmit(new LimitWish(1, 4, 0, true), Start.AddSeconds(10), dayCount: 1)!.Value;

        // Seven of the ten must leave; the seventh came at second 6.
        Assert.Equal((LimitRefusal.Minute, TimeSpan.FromSeconds(56)), (verdict.Refusal, verdict.RetryAfter));
        Assert.Equal(LimitRefusal.None, Admit(new LimitWish(1, 4, 0, true), 66));
    }

    [Fact]
    public void An_unseeded_day_is_asked_for()
    {
        Assert.Null(_window.TryAdmit(new LimitWish(1, 0, 5, true), Start, dayCount: 1));
        _window.Seed(GrokForge.Gateway.Keys.UtcDay.Of(Start), 4, dayCount: 1);

        Assert.Equal(LimitRefusal.None, Admit(new LimitWish(1, 0, 5, true), 0));
        Assert.Equal(LimitRefusal.Day, Admit(new LimitWish(1, 0, 5, true), 0));
    }

    [Fact]
    public void A_clock_set_back_over_midnight_goes_on_with_the_counted_day()
    {
        _window.Seed(GrokForge.Gateway.Keys.UtcDay.Of(Start) + 1, 0, dayCount: 1);
        Assert.Equal(LimitRefusal.None, Admit(new LimitWish(1, 0, 1, true), 0));
        Assert.Equal(LimitRefusal.Day, Admit(new LimitWish(1, 0, 1, true), 0));
    }

    private LimitRefusal Admit(LimitWish wish, double second) => _window.TryAdmit(wish, Start.AddSeconds(second), dayCount: 1)!.Value.Refusal;
}
