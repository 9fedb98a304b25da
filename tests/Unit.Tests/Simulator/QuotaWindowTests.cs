using System.Text.Json;
using GrokForge.Simulator.GrokWeb.Quota;
using GrokForge.Simulator.Scripts;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>Windows fall as chat is served, refuse when they are used up, and refill in time.</summary>
public sealed class QuotaWindowTests : SimulatorTest
{
    private readonly FakeTimeProvider time = new();

    protected override TimeProvider Time => time;

    [Theory]
    [InlineData("sso-1", "fast", 86400, 30)]
    [InlineData("sso-1", "auto", 7200, 7)]
    [InlineData("sso-1", "heavy", 7200, 0)]
    [InlineData("demo-super-1", "fast", 86400, 140)]
    [InlineData("demo-super-1", "expert", 7200, 50)]
    [InlineData("demo-heavy-1", "heavy", 7200, 20)]
    [InlineData("demo-heavy-1", "grok-420-computer-use-sa", 7200, 150)]
    public async Task A_window_starts_full(string token, string mode, int seconds, int total) => Assert.Equal((total, total, seconds), await ReadAsync(mode, token));

    [Fact]
    public async Task A_served_request_takes_a_unit_of_its_token_and_mode()
    {
        await BodyOfAsync(GrokCall.Chat("Hi"));
        await BodyOfAsync(GrokCall.Chat("Hi"));
        await BodyOfAsync(GrokCall.Chat("Hi", mode: "auto"));
        Assert.Equal((28, 30, 86400), await ReadAsync("fast"));
        Assert.Equal((6, 7, 7200), await ReadAsync("auto"));
        Assert.Equal((30, 30, 86400), await ReadAsync("fast", "sso-2"));
        Assert.Equal(2, Grok.ServedBy("sso-1", "fast"));
    }

    [Fact]
    public async Task A_used_up_window_refuses_until_it_refills()
    {
        Grok.Quota.SetWindow("sso-1", "fast", 2, TimeSpan.FromSeconds(100));
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal(429, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Contains("\"waitTimeSeconds\":60", await BodyOfAsync(GrokCall.Quota("fast")), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal((2, 2, 100), await ReadAsync("fast"));
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal(3, Grok.Served);
    }

    public static TheoryData<string> Unserved => ["[[status 503]]", "[[empty]]", "[[anti-bot]]", "[[usage-limit]]", "[[stream-errors x]]", "[[refuse]]", "[[drop-at 10]]"];

    [Theory, MemberData(nameof(Unserved))]
    public async Task A_request_without_any_part_of_an_answer_costs_nothing(string message)
    {
        try
        {
            await BodyOfAsync(GrokCall.Chat(message));
        }
        catch (HttpRequestException)
        {
            // Some of them end the connection.
        }

        await Grok.UntilAsync(grok => grok.Chats is [{ Finished: true }], Token);
        Assert.Equal((30, 30, 86400), await ReadAsync("fast"));
        Assert.Equal(0, Grok.Served);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_after_a_token_costs_a_unit()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().Say("one ").Drop());
        await Assert.ThrowsAsync<HttpRequestException>(() => BodyOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal((29, 30, 86400), await ReadAsync("fast"));
    }

    [Fact]
    public async Task A_window_can_be_set_by_the_test()
    {
        Grok.Quota.SetTier("sso-1", Tier.Super);
        Grok.Quota.SetRemaining("sso-1", "fast", 3);
        Assert.Equal((3, 140, 86400), await ReadAsync("fast"));
    }

    [Fact]
    public async Task Windows_that_are_not_enforced_fall_and_refuse_nothing()
    {
        Grok.Quota.Enforced = false;
        Grok.Quota.SetWindow("sso-1", "fast", 1, TimeSpan.FromSeconds(100));
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal((0, 1, 100), await ReadAsync("fast"));
    }

    [Fact]
    public async Task Parallel_requests_never_take_more_than_the_window_holds()
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => StatusOfAsync(GrokCall.Chat("Hi"))));
        Assert.Equal(30, statuses.Count(status => status == 200));
        Assert.Equal(70, statuses.Count(status => status == 429));
        Assert.Equal(30, Grok.ServedBy("sso-1", "fast"));
    }

    [Fact]
    public async Task An_unknown_mode_is_refused() => Assert.Equal(400, await StatusOfAsync(GrokCall.Quota("grok-4.20")));

    private async Task<(int Remaining, int Total, int Seconds)> ReadAsync(string mode, string token = "sso-1")
    {
        using var json = JsonDocument.Parse(await BodyOfAsync(GrokCall.Quota(mode, token)));
        var root = json.RootElement;
        return (root.GetProperty("remainingQueries").GetInt32(), root.GetProperty("totalQueries").GetInt32(), root.GetProperty("windowSizeSeconds").GetInt32());
    }
}
