using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Upstream;

/// <summary>Which silence ends a try, on a simulated clock.</summary>
public sealed class TryLimitsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _client = new();
    private readonly SettingsSnapshot _settings = new();
    private readonly TryLimits _limits;

    public TryLimitsTests() => _limits = new RetryPlan(_settings, _time).LimitsOfTry(_client.Token);

    public void Dispose()
    {
        _limits.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void An_answer_may_take_longer_than_any_limit_while_its_bytes_keep_coming()
    {
        _limits.Answered();
        for (var i = 0; i < 20; i++)
            Pass(TimeSpan.FromSeconds(20));
        Assert.False(_limits.Token.IsCancellationRequested);
        Assert.True(TimeSpan.FromSeconds(400) > _settings.RequestTimeout, "It outlived the limit of a request without an answer.");
    }

    [Fact]
    public void An_answer_that_stops_coming_is_given_up()
    {
        _limits.Answered();
        Pass(TimeSpan.FromSeconds(20));
        _limits.Waiting();
        _time.Advance(_settings.Upstream.IdleTimeout - TimeSpan.FromSeconds(1));
        Assert.False(_limits.Passed);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_limits.Passed);
        Assert.Contains("sent nothing for", _limits.Refusal().What, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_client_takes_to_read_is_no_silence_of_the_upstream()
    {
        _limits.Answered();
        Pass(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_limits.Passed);
    }

    [Fact]
    public void An_upstream_that_never_answers_is_given_up()
    {
        _time.Advance(_settings.Retry.FirstByteTimeout - TimeSpan.FromSeconds(1));
        Assert.False(_limits.Passed);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_limits.Passed);
        Assert.Contains("gave no answer within", _limits.Refusal().What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_leaves_passes_no_limit()
    {
        _client.Cancel();
        Assert.Equal((true, false), (_limits.Token.IsCancellationRequested, _limits.Passed));
    }

    private void Pass(TimeSpan silence)
    {
        _limits.Waiting();
        _time.Advance(silence);
        _limits.Arrived();
    }
}
