using GrokForge.CfRefresh.Clearance;
using GrokForge.CfRefresh.Solving;

namespace GrokForge.Unit.Tests.CfRefresh;

public sealed class SolvePaceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 60)]
    [InlineData(3, 120)]
    [InlineData(5, 480)]
    [InlineData(6, 900)]
    [InlineData(1000, 900)]
    public void Failures_pause_the_next_try_longer_each_time(int failures, int seconds) => Assert.Equal(seconds, SolvePace.PauseAfter(failures).TotalSeconds);

    [Fact]
    public void What_was_never_solved_is_due_at_once() => Assert.True(SolvePace.DueAt(Row(), Hour, starts: true) <= Now);

    [Theory]
    [InlineData(10, true, false)]
    [InlineData(61, true, true)]
    [InlineData(61, false, false)]
    [InlineData(3601, false, true)]
    public void A_clearance_is_renewed_after_the_interval_and_at_start_after_the_debounce(int age, bool starts, bool isDue) =>
        Assert.Equal(isDue, SolvePace.DueAt(Row(solvedAgo: age), Hour, starts) <= Now);

    [Theory]
    [InlineData(10, false)]
    [InlineData(59, false)]
    [InlineData(60, true)]
    public void A_challenge_within_the_debounce_asks_for_nothing(int age, bool asks) => Assert.Equal(asks, SolvePace.MayFollowChallenge(Row(solvedAgo: age), Now));

    [Theory]
    [InlineData(10, 1, false)]
    [InlineData(30, 1, true)]
    [InlineData(59, 2, false)]
    public void A_challenge_after_a_failure_waits_for_its_pause(int failedAgo, int failures, bool asks)
    {
        var row = Row(solvedAgo: 7200) with { Failures = failures, FailedAt = Now.AddSeconds(-failedAgo).ToUnixTimeMilliseconds() };
        Assert.Equal(asks, SolvePace.MayFollowChallenge(row, Now));
        Assert.Equal(asks, SolvePace.DueAt(row, Hour, starts: true) <= Now);
    }

    private static ClearanceRow Row(int? solvedAgo = null) => new()
    {
        Egress = "direct",
        Version = solvedAgo is null ? 0 : 1,
        SolvedAt = solvedAgo is { } ago ? Now.AddSeconds(-ago).ToUnixTimeMilliseconds() : 0,
    };
}
