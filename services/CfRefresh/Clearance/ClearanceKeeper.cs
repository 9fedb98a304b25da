using System.Collections.Concurrent;
using Google.Protobuf;
using GrokForge.CfRefresh.Solving;
using GrokForge.Contracts.Clearance;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.CfRefresh.Clearance;

/// <summary>Tells what is in force for an egress, and has it solved for anew, one try at a time, when it met a challenge.</summary>
internal sealed partial class ClearanceKeeper(ClearanceRows rows, SolveTargets targets, SolveAttempts attempts, IHostApplicationLifetime lifetime, ILogger<ClearanceKeeper> logger) : IClearances
{
    private readonly ConcurrentDictionary<string, Egress> _egresses = new(StringComparer.Ordinal);

    public async Task<ClearanceReply> CurrentAsync(CurrentClearanceRequest request, CancellationToken cancellationToken) =>
        Reply(await rows.ReadAsync(targets.NameOf(request.Egress), cancellationToken));

    public async Task<ClearanceReply> ChallengeAsync(ChallengeRequest request, CancellationToken cancellationToken)
    {
        var row = await rows.ReadAsync(targets.NameOf(request.Egress), cancellationToken);
        if (targets.Find(row.Egress) is not { } target || (row.IsFor(target.Site) && SolveNews.Version(row) != request.VersionSeen))
            return Reply(row);

        var solve = SolvePace.MayFollowChallenge(row, targets.Now) ? Begin(target, row.Attempts) : StateOf(row.Egress).Running;
        var wait = double.IsFinite(request.WaitSeconds) ? Math.Clamp(request.WaitSeconds, 0, IClearances.LongestWaitSeconds) : 0;
        if (solve is null || wait == 0)
            return Reply(row);
        try
        {
            await solve.WaitAsync(TimeSpan.FromSeconds(wait), targets.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Who waited goes on with what there is.
        }
        return Reply(await rows.ReadAsync(row.Egress, cancellationToken));
    }

    /// <summary>Begins a try, unless one is running that knew of as many. Ends when that has ended, and never fails.</summary>
    public Task Begin(SolveTarget target, long attemptsSeen)
    {
        var state = StateOf(target.Egress);
        lock (state)
        {
            // One that knew of fewer has been counted and is about to end: it fulfils no wish of now.
            if (state.Running is null || state.AttemptsSeen < attemptsSeen)
                (state.Running, state.AttemptsSeen) = (Task.Run(() => SolveAsync(state, target, attemptsSeen)), attemptsSeen);
            return state.Running;
        }
    }

    /// <summary>What the latest look at each egress in use found wrong; null: nothing.</summary>
    public string? Trouble()
    {
        foreach (var egress in targets.All)
        {
            if (_egresses.TryGetValue(egress.Egress, out var state) && state.Latest is { Failures: > 0 } row)
                return $"No clearance for egress {row.Egress} after {row.Failures} tries: {row.Error}.";
        }
        return null;
    }

    /// <summary>How old the clearance of each egress in use is that has one, in seconds, as of the latest look.</summary>
    public IEnumerable<(string Egress, double Seconds)> Ages()
    {
        foreach (var target in targets.All)
        {
            if (_egresses.TryGetValue(target.Egress, out var state) && state.Latest is { SolvedAt: > 0 } row && row.IsFor(target.Site))
                yield return (target.Egress, Math.Max(0, (targets.Now - DateTimeOffset.FromUnixTimeMilliseconds(row.SolvedAt)).TotalSeconds));
        }
    }

    /// <summary>Reads what is known of an egress, and remembers it for <see cref="Trouble"/>.</summary>
    public async Task<ClearanceRow> LookAsync(string egress, CancellationToken cancellationToken)
    {
        var row = await rows.ReadAsync(egress, cancellationToken);
        StateOf(egress).Latest = row;
        return row;
    }

    private async Task SolveAsync(Egress state, SolveTarget target, long attemptsSeen)
    {
        try
        {
            state.Latest = await attempts.MakeAsync(target, targets.Proxy, attemptsSeen, lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Another replica, or the next start, makes the try.
        }
        catch (Exception e) when (DatabaseFault.Is(e))
        {
            Log.StoreAway(logger, target.Egress, e);
        }
        catch (Exception e)
        {
            // The rim of a try: nobody awaits it who could do better.
            Log.Failed(logger, target.Egress, e);
        }
        finally
        {
            lock (state)
            {
                if (state.AttemptsSeen == attemptsSeen)
                    state.Running = null;
            }
        }
    }

    private ClearanceReply Reply(ClearanceRow row)
    {
        var target = targets.Find(row.Egress);
        var reply = new ClearanceReply
        {
            Status = new SolveStatus
            {
                Enabled = target is not null,
                Solving = _egresses.TryGetValue(row.Egress, out var state) && state.Running is not null,
                SolvedAt = row.SolvedAt,
                FailedAt = row.FailedAt,
                Error = row.Error,
                Failures = row.Failures,
                NextRunAt = target is null ? 0 : Math.Max(0, targets.DueAt(row, starts: false).ToUnixTimeMilliseconds()),
            },
        };
        if (target is null || !row.IsFor(target.Site))
            return reply;
        (reply.Available, reply.Version, reply.ProtectedCookies) = (true, SolveNews.Version(row), ByteString.CopyFrom(row.Cookies));
        (reply.UserAgent, reply.Browser) = (row.UserAgent, row.Browser);
        return reply;
    }

    private Egress StateOf(string egress) => _egresses.GetOrAdd(egress, _ => new Egress());

    /// <summary>What this process does for an egress.</summary>
    private sealed class Egress
    {
        private volatile ClearanceRow? _latest;
        private volatile Task? _running;

        public ClearanceRow? Latest
        {
            get => _latest;
            set => _latest = value;
        }

        public Task? Running
        {
            get => _running;
            set => _running = value;
        }

        /// <summary>The tries that the running one knew of.</summary>
        public long AttemptsSeen { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Egress {Egress} could not be solved for: the database is away.")]
        public static partial void StoreAway(ILogger logger, string egress, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "Solving for egress {Egress} failed.")]
        public static partial void Failed(ILogger logger, string egress, Exception exception);
    }
}
