using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class LeaseSettlementsTests
{
    [Theory]
    [InlineData(LeaseOutcome.TokenInvalid)]
    [InlineData(LeaseOutcome.ChallengeHit)]
    [InlineData(LeaseOutcome.TokenBlocked)]
    [InlineData(LeaseOutcome.RefusedByPolicy)]
    [InlineData(LeaseOutcome.TokenRejected)]
    [InlineData(LeaseOutcome.UpstreamUnavailable)]
    [InlineData(LeaseOutcome.Abandoned)]
    public void What_the_upstream_did_not_serve_is_refunded(LeaseOutcome outcome) => Assert.True(For(outcome).Refund);

    [Theory]
    [InlineData(LeaseOutcome.Succeeded)]
    [InlineData(LeaseOutcome.BrokenOff)]
    [InlineData(LeaseOutcome.AbandonedLate)]
    [InlineData(LeaseOutcome.QuotaExhausted)]
    public void What_the_upstream_served_or_counted_is_kept(LeaseOutcome outcome) => Assert.False(For(outcome).Refund);

    [Theory]
    [InlineData(LeaseOutcome.TokenInvalid, TokenState.Expired)]
    [InlineData(LeaseOutcome.TokenBlocked, TokenState.Disabled)]
    internal void Two_outcomes_end_a_token(LeaseOutcome outcome, TokenState state) => Assert.Equal(state, For(outcome).NewState);

    [Fact]
    public void Only_a_token_s_own_refusal_counts_as_its_failure() =>
        Assert.Equal([LeaseOutcome.TokenRejected], Enum.GetValues<LeaseOutcome>().Where(o => LeaseSettlements.For(Request(o)) is { Failed: true }));

    [Fact]
    public void Only_success_forgives_failures() =>
        Assert.Equal([LeaseOutcome.Succeeded], Enum.GetValues<LeaseOutcome>().Where(o => LeaseSettlements.For(Request(o)) is { Succeeded: true }));

    [Fact]
    public void Only_success_and_the_ends_blame_or_praise_the_token() =>
        Assert.All(
            [LeaseOutcome.ChallengeHit, LeaseOutcome.RefusedByPolicy, LeaseOutcome.UpstreamUnavailable, LeaseOutcome.Abandoned, LeaseOutcome.BrokenOff],
            o => Assert.True(For(o) is { NewState: null, Failed: false, Succeeded: false, Exhausted: false }));

    [Fact]
    public void An_exhausted_mode_resumes_when_the_upstream_says()
    {
        var request = Request(LeaseOutcome.QuotaExhausted);
        request.ResumeAfterSeconds = 90;

        Assert.Equal(TimeSpan.FromSeconds(90), LeaseSettlements.For(request)!.ResumeAfter);
    }

    [Fact]
    public void Without_its_own_word_the_observed_wait_counts()
    {
        var request = Request(LeaseOutcome.QuotaExhausted);
        request.ObservedWindow = new QuotaWindow { WaitSeconds = 30 };

        Assert.Equal(TimeSpan.FromSeconds(30), LeaseSettlements.For(request)!.ResumeAfter);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(double.NaN)]
    public void A_senseless_wait_leaves_the_window_to_the_catalog(double seconds)
    {
        var request = Request(LeaseOutcome.QuotaExhausted);
        request.ResumeAfterSeconds = seconds;

        Assert.Null(LeaseSettlements.For(request)!.ResumeAfter);
    }

    [Fact]
    public void An_endless_wait_is_cut()
    {
        var request = Request(LeaseOutcome.QuotaExhausted);
        request.ResumeAfterSeconds = double.PositiveInfinity;

        Assert.Equal(TimeSpan.FromDays(31), LeaseSettlements.For(request)!.ResumeAfter);
    }

    [Fact]
    public void A_token_that_ends_without_detail_still_has_a_reason() => Assert.Contains("401", For(LeaseOutcome.TokenInvalid).Reason, StringComparison.Ordinal);

    [Fact]
    public void An_unspecified_outcome_is_no_settlement() => Assert.Null(LeaseSettlements.For(new SettleRequest()));

    private static Settlement For(LeaseOutcome outcome) => LeaseSettlements.For(Request(outcome))!;

    private static SettleRequest Request(LeaseOutcome outcome) => new() { LeaseId = "1", Outcome = outcome, Generation = 3 };
}
