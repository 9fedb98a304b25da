using System.Diagnostics;
using System.Diagnostics.Metrics;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>One request sent upstream: its clocks and its answer, its span and its figures. Ends as abandoned unless an outcome is told.</summary>
internal sealed class Attempt : IAsyncDisposable
{
    private static readonly Counter<long> Attempts = GrokForgeTelemetry.Meter.CreateCounter<long>(
        "grokforge.upstream.attempts", description: "Requests sent upstream, by provider, pool and outcome.");
    private static readonly Histogram<double> FirstByte = GrokForgeTelemetry.Meter.CreateHistogram<double>(
        "grokforge.upstream.first_byte", "s", "Time from sending a request upstream to its first answer event.");

    private readonly TimeProvider _time;
    private readonly long _started;

    // Where a race may end it: null where none is run, so that an ordinary try costs nothing for it.
    private readonly CancellationTokenSource? _end;
    private Task<ChatAnswer>? _opening;
    private Task? _ending;
    private LeaseOutcome _outcome = LeaseOutcome.Abandoned;

    public Attempt(Lease lease, RetryPlan plan, TimeProvider time, bool races, CancellationToken cancellationToken)
    {
        (Lease, _time, _started) = (lease, time, time.GetTimestamp());
        lease.BeginTry();
        _end = races ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : null;
        Limits = plan.LimitsOfTry(_end?.Token ?? cancellationToken);
        Span = GrokForgeTelemetry.Source.StartActivity("upstream attempt", ActivityKind.Client);
        Span?.SetTag("grokforge.provider", lease.Route.Provider)
            .SetTag("grokforge.pool", lease.Pool)
            .SetTag("grokforge.token_id", lease.TokenId)
            .SetTag("grokforge.attempt", plan.Attempts);
    }

    public Lease Lease { get; }

    public TryLimits Limits { get; }

    /// <summary>Whether it may be ended for another's sake while its client stays.</summary>
    public bool Races => _end is not null;

    public Activity? Span { get; }

    /// <summary>Null: it is still awaited. Disposed with the attempt.</summary>
    public ChatAnswer? Answer { get; set; }

    /// <summary>Of one that races: ends when its first answer byte is there, or with the reason why there is none.</summary>
    public Task Told { get; private set; } = Task.CompletedTask;

    /// <summary>Of one that races: whether its first answer byte is there, and nothing is known against the answer yet.</summary>
    public bool HasBegun => Told.IsCompleted && (!_opening!.IsCompleted || (_opening.IsCompletedSuccessfully && Refusal is null));

    /// <summary>Why there is no answer, or no whole one; null: it is awaited, or there.</summary>
    public Refusal? Refusal => Answer is not null ? Answer.Refusal : _opening is { IsCompletedSuccessfully: true } ? _opening.Result.Refusal : null;

    /// <summary>Of one that races: what nobody expected to happen; null: nothing.</summary>
    public Exception? Fault => _opening?.Exception?.InnerException;

    /// <summary>What is asked of the provider.</summary>
    public ChatTry Of(ChatCall call, SettingsSnapshot settings) => new(call, Lease, settings, Limits);

    /// <summary>Sends the request of one that races, without awaiting its answer.</summary>
    public void Race(ChatRoutes routes, ChatCall call, SettingsSnapshot settings)
    {
        var begun = Limits.WatchAnswer();
        _opening = routes.OpenAsync(Of(call, settings), _end!.Token);
        Told = Task.WhenAny(begun, _opening);
    }

    /// <summary>Awaits the answer of one that races.</summary>
    public async Task OpenedAsync() => Answer = await _opening!;

    public void Answered() => FirstByte.Record(_time.GetElapsedTime(_started).TotalSeconds, new KeyValuePair<string, object?>("provider", Lease.Route.Provider));

    public void Ended(LeaseOutcome outcome) => _outcome = outcome;

    public ValueTask DisposeAsync() => _end is null ? FinishAsync() : new ValueTask(EndAsync());

    /// <summary>Ends one that races, however far it is. Can be repeated.</summary>
    public Task EndAsync() => _ending ??= LeaveAsync();

    private async Task LeaveAsync()
    {
        if (Answer is null && _opening is not null)
        {
            await _end!.CancelAsync();
            await ((Task)_opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Answer = _opening.IsCompletedSuccessfully ? await _opening : null;
        }

        await FinishAsync();
        _end!.Dispose();
    }

    private async ValueTask FinishAsync()
    {
        if (Answer is not null)
            await Answer.DisposeAsync();
        Limits.Dispose();
        Attempts.Add(1, new("provider", Lease.Route.Provider), new("pool", Lease.Pool), new("outcome", _outcome.ToString()));
        Span?.SetTag("grokforge.outcome", _outcome.ToString());
        if (_outcome is not (LeaseOutcome.Succeeded or LeaseOutcome.Abandoned))
            Span?.SetStatus(ActivityStatusCode.Error);
        Span?.Dispose();
    }
}
