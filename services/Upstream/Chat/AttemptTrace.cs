using System.Diagnostics;
using System.Diagnostics.Metrics;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>The span and the figures of one upstream attempt. Ends as abandoned unless an outcome is told.</summary>
internal sealed class AttemptTrace : IDisposable
{
    private static readonly Counter<long> Attempts = GrokForgeTelemetry.Meter.CreateCounter<long>(
        "grokforge.upstream.attempts", description: "Requests sent upstream, by provider, pool and outcome.");
    private static readonly Histogram<double> FirstByte = GrokForgeTelemetry.Meter.CreateHistogram<double>(
        "grokforge.upstream.first_byte", "s", "Time from sending a request upstream to its first answer event.");

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Activity? _activity;
    private readonly Lease _lease;
    private LeaseOutcome _outcome = LeaseOutcome.Abandoned;

    public AttemptTrace(Lease lease, int attempt, TimeProvider time)
    {
        _time = time;
        _started = time.GetTimestamp();
        _lease = lease;
        _activity = GrokForgeTelemetry.Source.StartActivity("upstream attempt", ActivityKind.Client);
        _activity?.SetTag("grokforge.provider", lease.Route.Provider)
            .SetTag("grokforge.pool", lease.Pool)
            .SetTag("grokforge.token_id", lease.TokenId)
            .SetTag("grokforge.attempt", attempt);
    }

    public void Answered() => FirstByte.Record(_time.GetElapsedTime(_started).TotalSeconds, new KeyValuePair<string, object?>("provider", _lease.Route.Provider));

    public void Ended(LeaseOutcome outcome) => _outcome = outcome;

    public void Dispose()
    {
        Attempts.Add(1, new("provider", _lease.Route.Provider), new("pool", _lease.Pool), new("outcome", _outcome.ToString()));
        _activity?.SetTag("grokforge.outcome", _outcome.ToString());
        if (_outcome is not (LeaseOutcome.Succeeded or LeaseOutcome.Abandoned))
            _activity?.SetStatus(ActivityStatusCode.Error);
        _activity?.Dispose();
    }
}
