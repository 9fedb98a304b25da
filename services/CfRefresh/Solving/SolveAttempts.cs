using GrokForge.CfRefresh.Clearance;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.CfRefresh.Solving;

/// <summary>Makes one try to solve for an egress, writes down what came of it and tells everyone of a new clearance.</summary>
internal sealed class SolveAttempts(ClearanceRows rows, SolveLocks locks, FlareSolverr solver, SolveNews news, TimeProvider time)
{
    /// <param name="attemptsSeen">The tries that the wish for this one knew of: where another replica has made one since, that one counts.</param>
    public async Task<ClearanceRow> MakeAsync(SolveTarget target, ProxyOptions proxy, long attemptsSeen, CancellationToken cancellationToken)
    {
        await using var hold = await locks.TakeAsync(target.Egress, cancellationToken);
        var row = await rows.ReadAsync(target.Egress, cancellationToken);
        if (row.Attempts != attemptsSeen)
            return row;

        var solution = await solver.SolveAsync(target, proxy, cancellationToken);
        row = solution.Error is null ? Solved(row, target, solution) : Failed(row, solution.Error);
        await rows.WriteAsync(row, cancellationToken);
        news.Tell(row);
        return row;
    }

    /// <summary>Cookies, user agent and egress are one unit: what was there before is gone.</summary>
    private ClearanceRow Solved(ClearanceRow row, SolveTarget target, Solution solution) => row with
    {
        Site = target.Site,
        Attempts = row.Attempts + 1,
        Version = row.Attempts + 1,
        Cookies = news.Protect(solution.Cookies),
        UserAgent = solution.UserAgent,
        Browser = solution.Browser,
        SolvedAt = Now,
        Failures = 0,
    };

    private ClearanceRow Failed(ClearanceRow row, string error) => row with
    {
        Attempts = row.Attempts + 1,
        FailedAt = Now,
        Error = error.Length > ClearanceRow.ErrorLimit ? error[..ClearanceRow.ErrorLimit] : error,
        Failures = row.Failures + 1,
    };

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
