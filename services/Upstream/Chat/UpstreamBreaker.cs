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

    /// <summary>How long the upstream is still left alone; zero: a request may ask it.</summary>
    public TimeSpan Left => _state.CircuitState == CircuitState.Open && _pause - _time.GetElapsedTime(Volatile.Read(ref _openedAt)) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>Tries, unless the upstream is left alone.</summary>
    public async Task<ChatAnswer> OpenAsync(IChatProvider provider, ChatTry attempt, CancellationToken cancellationToken)
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

    /// <summary>Why an upstream is not asked.</summary>
    public static Refusal Down(string model, TimeSpan left) =>
        Refusal.Hopeless("fails as a whole and is left alone for a moment", "Check the network, the egress and the upstream's own status.") with { Told = ChatFailures.UpstreamDown(model, left) };

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
