using GrokForge.CfRefresh.Clearance;

namespace GrokForge.CfRefresh.Solving;

/// <summary>When an egress is solved for: by the schedule, after a challenge, and after failures.</summary>
internal static class SolvePace
{
    /// <summary>A challenge so soon after a clearance asks for no other one: it would be as little use.</summary>
    public static readonly TimeSpan Debounce = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>When the next try of the schedule is due.</summary>
    /// <param name="starts">Whether the process, or what is solved for, is new: then what an earlier one got is not relied on for longer than the debounce.</param>
    public static DateTimeOffset DueAt(ClearanceRow row, TimeSpan interval, bool starts) =>
        row.Failures > 0 ? RetryAt(row)
        : row.SolvedAt == 0 ? DateTimeOffset.MinValue
        : Instant(row.SolvedAt) + (starts ? Debounce : interval);

    /// <summary>Whether a challenge may begin a try.</summary>
    public static bool MayFollowChallenge(ClearanceRow row, DateTimeOffset now) =>
        row.Failures > 0 ? now >= RetryAt(row) : row.SolvedAt == 0 || now >= Instant(row.SolvedAt) + Debounce;

    /// <summary>Failed tries pause the next one: 30 s, doubled each time, up to 15 minutes.</summary>
    public static TimeSpan PauseAfter(int failures)
    {
        var doubled = FirstPause * Math.Pow(2, Math.Clamp(failures - 1, 0, 16));
        return doubled < LongestPause ? doubled : LongestPause;
    }

    private static DateTimeOffset RetryAt(ClearanceRow row) => Instant(row.FailedAt) + PauseAfter(row.Failures);

    private static DateTimeOffset Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
