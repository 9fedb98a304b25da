using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Quotas;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.TokenPool.Quotas;

public sealed class RefreshPaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_token_that_was_read_rests_for_the_spacing_and_a_little_more()
    {
        var pace = Pace(new TokenOptions { RefreshSpacingSeconds = 60 });
        var rests = Enumerable.Range(0, 200).Select(_ => pace.Rest(0, TimeSpan.Zero).TotalSeconds).ToList();

        Assert.All(rests, r => Assert.InRange(r, 60, 72));
        Assert.True(rests.Distinct().Count() > 100);
    }

    [Theory]
    [InlineData(1, 120)]
    [InlineData(2, 240)]
    [InlineData(4, 960)]
    [InlineData(5, 1800)]
    [InlineData(1000, 1800)]
    public void Failures_double_the_rest_up_to_half_an_hour(int failures, double seconds) =>
        Assert.InRange(Pace(new TokenOptions { RefreshSpacingSeconds = 60 }).Rest(failures, TimeSpan.Zero).TotalSeconds, seconds, seconds * 1.2);

    [Fact]
    public void A_spacing_beyond_half_an_hour_is_kept() =>
        Assert.InRange(Pace(new TokenOptions { RefreshSpacingSeconds = 7200 }).Rest(3, TimeSpan.Zero).TotalSeconds, 7200, 8640);

    [Fact]
    public void The_upstreams_own_word_prolongs_the_rest_up_to_a_day()
    {
        var pace = Pace(new TokenOptions());

        Assert.InRange(pace.Rest(1, TimeSpan.FromHours(1)).TotalSeconds, 3600, 4320);
        Assert.InRange(pace.Rest(1, TimeSpan.FromDays(400)).TotalHours, 24, 28.8);
        Assert.InRange(pace.Rest(1, TimeSpan.FromSeconds(1)).TotalSeconds, 120, 144);
    }

    [Fact]
    public void Three_failures_of_the_way_in_a_row_pause_everything_then_one_token_tries()
    {
        var pace = Pace(new TokenOptions { RefreshConcurrency = 20 });
        pace.Failed();
        pace.Failed();
        Assert.Equal(20, pace.Most);
        pace.Failed();
        Assert.Equal(0, pace.Most);
        _time.Advance(TimeSpan.FromSeconds(6.1));
        Assert.Equal(1, pace.Most);
        pace.Failed();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, pace.Most);
        _time.Advance(TimeSpan.FromSeconds(2.2));
        Assert.Equal(1, pace.Most);
        pace.Answered();
        Assert.Equal(20, pace.Most);
    }

    [Fact]
    public void A_pause_is_never_longer_than_five_minutes_and_a_fifth()
    {
        var pace = Pace(new TokenOptions());
        for (var i = 0; i < 100; i++)
            pace.Failed();
        _time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(1, pace.Most);
    }

    [Fact]
    public void Nothing_is_read_where_it_is_turned_off() => Assert.Equal(0, Pace(new TokenOptions { RefreshConcurrency = 0 }).Most);

    private RefreshPace Pace(TokenOptions options) => new(new CurrentSettings(new SettingsSnapshot { Token = options }), _time, new Random(1));
}
