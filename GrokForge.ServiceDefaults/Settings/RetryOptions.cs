using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[retry]</c>: how often and how patiently a request is tried before its first answer byte.</summary>
public sealed class RetryOptions
{
    /// <summary>Tokens one request may try, 1 to 20. Default 5.</summary>
    [ConfigurationKeyName("max_tokens"), Range(1, 20)] public int MaxTokens { get; init; } = 5;

    /// <summary>Tries on one token, 1 to 10. Default 2.</summary>
    [ConfigurationKeyName("per_token_retries"), Range(1, 10)] public int PerTokenRetries { get; init; } = 2;

    /// <summary>
    /// Upstream statuses taken for a challenge of the egress: the same token is tried again on fresh connections, and a clearance is asked for where there is a solver, but for those
    /// that say what they mean: 401, 403, 429 and refusals of a request's content. Default [403].
    /// </summary>
    [ConfigurationKeyName("reset_session_status_codes"), StatusList] public int[] ResetSessionStatusCodes { get; init; } = [403];

    /// <summary>Seconds of the first pause, 0 to 60. Default 0.5.</summary>
    [ConfigurationKeyName("retry_backoff_base"), Range(0, 60)] public double BackoffBaseSeconds { get; init; } = 0.5;

    /// <summary>Growth of the pause per try, 1 to 10. Default 2.</summary>
    [ConfigurationKeyName("retry_backoff_factor"), Range(1, 10)] public double BackoffFactor { get; init; } = 2;

    /// <summary>Seconds of the longest pause, 0 to 600. Default 20.</summary>
    [ConfigurationKeyName("retry_backoff_max"), Range(0, 600)] public double BackoffMaxSeconds { get; init; } = 20;

    /// <summary>Seconds after which no further try of a request begins, 0 (no limit) to 86400. Default 60.</summary>
    [ConfigurationKeyName("retry_budget"), Range(0, 86400)] public double BudgetSeconds { get; init; } = 60;

    /// <summary>What all tries of a request may take before its first answer byte; <see cref="TimeSpan.MaxValue"/> without a limit.</summary>
    public TimeSpan Budget => BudgetSeconds > 0 ? TimeSpan.FromSeconds(BudgetSeconds) : TimeSpan.MaxValue;

    /// <summary>Seconds one try may take until its first answer byte, 1 to 3600. Default 120.</summary>
    [ConfigurationKeyName("first_byte_timeout"), Range(1, 3600)] public double FirstByteTimeoutSeconds { get; init; } = 120;

    /// <summary>What one try may take until its first answer byte.</summary>
    public TimeSpan FirstByteTimeout => TimeSpan.FromSeconds(FirstByteTimeoutSeconds);

    /// <summary>
    /// Seconds after which another token is asked beside one whose chat answer has not begun, 0 (never) to 3600: the first to answer goes on, the other is ended. Costs a unit more
    /// where both had begun, and counts as one of retry.max_tokens. Default 0.
    /// </summary>
    [ConfigurationKeyName("hedge_after"), Range(0, 3600)] public double HedgeAfterSeconds { get; init; }

    /// <summary>How long one token may be asked alone.</summary>
    public TimeSpan HedgeAfter => TimeSpan.FromSeconds(HedgeAfterSeconds);

    /// <summary>Share of the latest tries that must find an upstream failing (5xx, no connection, silence, empty answers) for it to be left alone, 0 (never is) to 1. Default 0.8.</summary>
    [ConfigurationKeyName("breaker_failure_ratio"), Range(0.0, 1.0)] public double BreakerFailureRatio { get; init; } = 0.8;

    /// <summary>Tries of an upstream within the window that are needed to judge it, 2 to 10000. Default 20.</summary>
    [ConfigurationKeyName("breaker_min_tries"), Range(2, 10000)] public int BreakerMinTries { get; init; } = 20;

    /// <summary>Seconds that the latest tries reach back, 1 to 600. Default 30.</summary>
    [ConfigurationKeyName("breaker_window"), Range(1, 600)] public double BreakerWindowSeconds { get; init; } = 30;

    /// <summary>Seconds a failing upstream is left alone before one request asks it again, 1 to 600. Default 15.</summary>
    [ConfigurationKeyName("breaker_pause"), Range(1, 600)] public double BreakerPauseSeconds { get; init; } = 15;

    /// <summary>How far the latest tries reach back.</summary>
    public TimeSpan BreakerWindow => TimeSpan.FromSeconds(BreakerWindowSeconds);

    /// <summary>How long a failing upstream is left alone.</summary>
    public TimeSpan BreakerPause => TimeSpan.FromSeconds(BreakerPauseSeconds);
}
