using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using Polly;
using Polly.CircuitBreaker;

namespace GrokForge.Upstream.Chat;

/// <summary>
/// Guards one upstream as a whole: where most of the latest tries found it failing, it is left alone for a while, then asked by one request at a time until it answers. What concerns
/// one token, a challenge or a client's mistake says nothing of the upstream.
/// </summary>
internal sealed partial class UpstreamBreaker
{
    // How soon a client may come back while another's request finds out.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly ResiliencePipeline<ChatAnswer> _pipeline;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _pause;
    private long _openedAt;

    public UpstreamBreaker(string upstream, RetryOptions options, TimeProvider time, ILogger log)
    {
        (_time, _pause) = (time, options.BreakerPause);
        _pipeline = new ResiliencePipelineBuilder<ChatAnswer> { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions<ChatAnswer>
        {
            FailureRatio = options.BreakerFailureRatio,
            MinimumThroughput = options.BreakerMinTries,
            SamplingDuration = options.BreakerWindow,
            BreakDuration = options.BreakerPause,
            StateProvider = _state,
            ShouldHandle = args => ValueTask.FromResult(Counts(args.Outcome)),
            OnOpened = _ =>
            {
                Volatile.Write(ref _openedAt, time.GetTimestamp());
                Log.Opened(log, upstream, _pause.TotalSeconds);
                return default;
            },
            OnClosed = _ =>
            {
                Log.Closed(log, upstream);
                return default;
            },
        }).Build();
    }

    /// <summary>Whether the upstream is known to fail, the requests that find out whether it still does included.</summary>
    public bool IsOpen => _state.CircuitState is CircuitState.Open or CircuitState.HalfOpen;

    /// <summary>How long the upstream is still left alone; zero: a request may ask it. While one finds out, the others do not borrow a token only to be refused.</summary>
    public TimeSpan Left => _state.CircuitState switch
    {
        CircuitState.Open => Until(_pause),
        CircuitState.HalfOpen when Until(_pause * 2) is { Ticks: > 0 } left => left < BetweenLooks ? left : BetweenLooks,
        _ => TimeSpan.Zero,
    };

    /// <summary>Tries, unless the upstream is left alone.</summary>
    public Task<ChatAnswer> OpenAsync(IChatProvider provider, ChatTry attempt, CancellationToken cancellationToken) =>
        _state.CircuitState == CircuitState.Closed ? TryAsync(provider, attempt, cancellationToken) : ProbeAsync(provider, attempt, cancellationToken);

    /// <summary>Why an upstream is not asked.</summary>
    public static Refusal Down(string model, TimeSpan left) =>
        new(LeaseOutcome.UpstreamUnavailable, NextStep.NextRoute, "fails as a whole and is left alone for a moment", "Check the network, the egress and the upstream's own status.")
        {
            Told = ChatFailures.UpstreamDown(model, left),
        };

    /// <summary>Nothing stands between a request and an upstream that answers: only how it went is told afterwards.</summary>
    private async Task<ChatAnswer> TryAsync(IChatProvider provider, ChatTry attempt, CancellationToken cancellationToken)
    {
        var answer = await provider.OpenAsync(attempt, cancellationToken);
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        await _pipeline.ExecuteOutcomeAsync(static (_, told) => new ValueTask<Outcome<ChatAnswer>>(Outcome.FromResult(told)), context, answer);
        ResilienceContextPool.Shared.Return(context);
        return answer;
    }

    private async Task<ChatAnswer> ProbeAsync(IChatProvider provider, ChatTry attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                static (asked, token) => new ValueTask<ChatAnswer>(asked.Provider.OpenAsync(asked.Attempt, token)), (Provider: provider, Attempt: attempt), cancellationToken);
        }
        catch (BrokenCircuitException)
        {
            return new RefusedAnswer(Down(attempt.Call.Model, Left));
        }
    }

    private TimeSpan Until(TimeSpan end) => end - _time.GetElapsedTime(Volatile.Read(ref _openedAt)) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    // A client that leaves while its request is the probe has not shown that the upstream answers.
    private bool Counts(Outcome<ChatAnswer> outcome) => outcome switch
    {
        { Result.Refusal: { Outcome: LeaseOutcome.UpstreamUnavailable, Next: NextStep.SameToken } } => true,
        { Exception: OperationCanceledException } => _state.CircuitState == CircuitState.HalfOpen,
        _ => false,
    };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The upstream {Upstream} fails as a whole: it is left alone for {Seconds} s, requests for it are refused.")]
        public static partial void Opened(ILogger logger, string upstream, double seconds);

        [LoggerMessage(LogLevel.Information, "The upstream {Upstream} answers again.")]
        public static partial void Closed(ILogger logger, string upstream);
    }
}
