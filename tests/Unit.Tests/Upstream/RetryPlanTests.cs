using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class RetryPlanTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void An_unavailable_upstream_is_tried_again_with_growing_pauses()
    {
        var plan = Plan(new RetryOptions { PerTokenRetries = 4, BackoffBaseSeconds = 1, BackoffFactor = 2, BackoffMaxSeconds = 3, BudgetSeconds = 0 });
        var pauses = Run(plan, Refusal.EmptyAnswer);
        Assert.Equal(4, pauses.Count);
        Assert.Equal(TimeSpan.Zero, pauses[0]);
        Assert.InRange(pauses[1].TotalSeconds, 0.75, 1.25);
        Assert.InRange(pauses[2].TotalSeconds, 1.5, 2.5);
        Assert.InRange(pauses[3].TotalSeconds, 2.25, 3);
        Assert.False(plan.IsOver);
    }

    [Fact]
    public void No_pause_is_longer_than_the_longest_and_they_still_differ()
    {
        var options = new RetryOptions { PerTokenRetries = 2, BackoffBaseSeconds = 4, BackoffMaxSeconds = 4 };
        var pauses = Enumerable.Range(0, 100).Select(_ => Run(Plan(options), Refusal.EmptyAnswer)[1].TotalSeconds).ToList();
        Assert.All(pauses, p => Assert.InRange(p, 3, 4));
        Assert.True(pauses.Distinct().Count() > 1);
    }

    [Fact]
    public void A_refused_token_is_not_tried_again_and_the_next_one_at_once()
    {
        var plan = Plan(new RetryOptions { PerTokenRetries = 3 });
        Assert.Single(Run(plan, Refusal.TokenInvalid));
        Assert.Equal([TimeSpan.Zero], Run(plan, Refusal.QuotaExhausted(null)));
        Assert.Equal(2, plan.Attempts);
    }

    [Fact]
    public void The_next_token_after_an_unavailable_upstream_waits_too()
    {
        var plan = Plan(new RetryOptions { PerTokenRetries = 1, BackoffBaseSeconds = 1 });
        Run(plan, Refusal.EmptyAnswer);
        Assert.True(Run(plan, Refusal.EmptyAnswer)[0] > TimeSpan.Zero);
    }

    [Fact]
    public void A_challenge_gets_one_more_try_even_where_tokens_get_one()
    {
        var plan = Plan(new RetryOptions { PerTokenRetries = 1 });
        Assert.Equal([TimeSpan.Zero, TimeSpan.Zero], Run(plan, Refusal.Challenge));
        Assert.True(plan.IsOver);
        Assert.Empty(Run(plan, Refusal.Challenge));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(4, 4)]
    public void With_a_solver_a_challenge_gets_all_tries_of_its_token_and_no_other_token(int tries, int made)
    {
        var settings = new SettingsSnapshot { Retry = new RetryOptions { PerTokenRetries = tries }, Proxy = new ProxyOptions { Enabled = true, FlareSolverrUrl = "http://solver" } };
        var plan = new RetryPlan(settings, _time);
        Assert.Equal(made, Run(plan, Refusal.Challenge).Count);
        Assert.True(plan.IsOver);
        Assert.Empty(Run(plan, Refusal.Challenge));
    }

    [Fact]
    public void A_policy_refusal_ends_it()
    {
        var plan = Plan(new RetryOptions());
        Assert.Single(Run(plan, Refusal.Policy));
        Assert.True(plan.IsOver);
    }

    [Fact]
    public void A_pause_beyond_the_budget_ends_it()
    {
        var plan = Plan(new RetryOptions { PerTokenRetries = 10, BackoffBaseSeconds = 4, BackoffFactor = 1, BudgetSeconds = 10 });
        var tries = 0;
        foreach (var pause in plan.PausesOnToken())
        {
            _time.Advance(pause);
            tries++;
            plan.Refused(Refusal.EmptyAnswer);
        }
        Assert.InRange(tries, 2, 4);
        Assert.True(plan.IsOver);
    }

    [Fact]
    public void The_first_try_is_made_whatever_the_wait_for_a_token_took()
    {
        var plan = Plan(new RetryOptions { BudgetSeconds = 1 });
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotEmpty(Run(plan, Refusal.TokenInvalid));
    }

    [Fact]
    public void A_correction_has_tries_of_its_own_within_the_requests_time()
    {
        var settings = new SettingsSnapshot { Retry = new RetryOptions { BudgetSeconds = 10, BackoffBaseSeconds = 0 }, Upstream = new UpstreamOptions { RequestTimeoutSeconds = 100 } };
        var plan = new RetryPlan(settings, _time);
        Assert.NotEmpty(Run(plan, Refusal.EmptyAnswer));
        _time.Advance(TimeSpan.FromSeconds(50));
        plan.BeginCorrection();
        Assert.Null(plan.LastRefusal);
        Assert.NotEmpty(Run(plan, Refusal.EmptyAnswer));
        _time.Advance(TimeSpan.FromSeconds(60));
        plan.BeginCorrection();
        Assert.Empty(Run(plan, Refusal.EmptyAnswer));
    }

    [Fact]
    public void The_budget_bounds_the_tries_before_a_correction_and_those_of_it_together()
    {
        var plan = Plan(new RetryOptions { PerTokenRetries = 10, BackoffBaseSeconds = 4, BackoffFactor = 1, BackoffMaxSeconds = 4, BudgetSeconds = 10 });
        var paused = TimeSpan.Zero;
        foreach (var pause in plan.PausesOnToken())
        {
            _time.Advance(pause);
            paused += pause;
            if (plan.Attempts == 3)
                break;
            plan.Refused(Refusal.EmptyAnswer);
        }

        _time.Advance(TimeSpan.FromSeconds(50));
        plan.BeginCorrection();
        var before = plan.Attempts;
        foreach (var pause in plan.PausesOnToken())
        {
            _time.Advance(pause);
            paused += pause;
            plan.Refused(Refusal.EmptyAnswer);
        }
        Assert.True(plan.Attempts > before);
        Assert.True(plan.IsOver);
        Assert.InRange(paused.TotalSeconds, 6, 10);
    }

    [Fact]
    public void Failures_of_all_tokens_together_stay_within_the_default_budget()
    {
        var plan = Plan(new RetryOptions { PerTokenRetries = 10 });
        var began = _time.GetUtcNow();
        for (var token = 0; token < 20 && !plan.IsOver; token++)
        {
            foreach (var pause in plan.PausesOnToken())
            {
                _time.Advance(pause + TimeSpan.FromMilliseconds(10));
                plan.Refused(token % 2 == 0 ? Refusal.EmptyAnswer : Refusal.CutOff);
            }
        }
        Assert.True(plan.IsOver);
        Assert.InRange((_time.GetUtcNow() - began).TotalSeconds, 30, 60.1);
    }

    [Fact]
    public void A_try_has_what_is_left_of_the_requests_time()
    {
        var settings = new SettingsSnapshot { Retry = new RetryOptions { FirstByteTimeoutSeconds = 120 }, Upstream = new UpstreamOptions { RequestTimeoutSeconds = 150 } };
        var plan = new RetryPlan(settings, _time);
        _time.Advance(TimeSpan.FromSeconds(100));
        using var limits = plan.LimitsOfTry(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(49));
        Assert.False(limits.Passed);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(limits.Passed);
    }

    [Fact]
    public void After_the_first_answer_byte_only_silence_counts()
    {
        var plan = new RetryPlan(new SettingsSnapshot(), _time);
        using var limits = plan.LimitsOfTry(TestContext.Current.CancellationToken);
        limits.Answered();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(limits.Passed);

        limits.Waiting();
        _time.Advance(TimeSpan.FromSeconds(89));
        limits.Arrived();
        _time.Advance(TimeSpan.FromHours(1));
        limits.Waiting();
        Assert.False(limits.Passed);
        _time.Advance(TimeSpan.FromSeconds(91));
        Assert.True(limits.Passed);
        Assert.Contains("90 s", limits.Refusal().What, StringComparison.Ordinal);
    }

    private RetryPlan Plan(RetryOptions retry) => new(new SettingsSnapshot { Retry = retry }, _time);

    private static List<TimeSpan> Run(RetryPlan plan, Refusal refusal)
    {
        List<TimeSpan> pauses = [];
        foreach (var pause in plan.PausesOnToken())
        {
            pauses.Add(pause);
            plan.Refused(refusal);
        }
        return pauses;
    }
}
