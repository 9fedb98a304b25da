using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[token]</c>: how tokens are lent.</summary>
public sealed class TokenOptions
{
    /// <summary>Concurrent leases one token may carry, 0 (no limit) to 1024; keys of the official API are imported with no limit of their own. Default 8.</summary>
    [ConfigurationKeyName("max_inflight"), Range(0, 1024)] public int MaxInflight { get; init; } = 8;

    /// <summary>Seconds a request waits for a slot while every candidate is busy, 0 to 600. Default 5.</summary>
    [ConfigurationKeyName("wait_for_slot"), Range(0, 600)] public double WaitForSlotSeconds { get; init; } = 5;

    /// <summary>How long a request waits for a slot.</summary>
    public TimeSpan WaitForSlot => TimeSpan.FromSeconds(WaitForSlotSeconds);

    /// <summary>Seconds a used token comes after unused ones of its priority tier, 0 to 86400. Default 15.</summary>
    [ConfigurationKeyName("recent_use_penalty_sec"), Range(0, 86400)] public double RecentUsePenaltySeconds { get; init; } = 15;

    /// <summary>Whether the recent-use penalty outweighs priority tiers. Default false.</summary>
    [ConfigurationKeyName("penalty_crosses_tiers")] public bool PenaltyCrossesTiers { get; init; }

    /// <summary>What lets a request overflow to a higher pool: quota, slots, penalty. Default ["quota", "slots"].</summary>
    [ConfigurationKeyName("overflow_on"), ItemsAmong("quota", "slots", "penalty")] public string[] OverflowOn { get; init; } = ["quota", "slots"];

    /// <summary>Token-specific failures in a row that disable a token, 0 (never) to 1000. Default 5.</summary>
    [ConfigurationKeyName("fail_threshold"), Range(0, 1000)] public int FailThreshold { get; init; } = 5;

    /// <summary>Seconds between two writes of usage rows, 0.1 to 60. Default 1.</summary>
    [ConfigurationKeyName("usage_flush_interval_sec"), Range(0.1, 60)] public double UsageFlushIntervalSeconds { get; init; } = 1;

    /// <summary>
    /// Order of tokens in a tier: high_quota_first, round_robin (by turns in each mode), random, least_inflight (fewest requests at work) or weighted (by lot, with
    /// chances by the share of the window that is left). Default high_quota_first.
    /// </summary>
    [ConfigurationKeyName("selection_algorithm"), AllowedValues("high_quota_first", "round_robin", "random", "least_inflight", "weighted")]
    public string SelectionAlgorithm { get; init; } = "high_quota_first";

    /// <summary>
    /// Seconds after which a conversation no longer prefers the token that served it last, 0 (never does) to 86400. A conversation is told by prompt_cache_key, x-session-id,
    /// user or its first messages, within its key. Redis keeps each until then (some 150 bytes), a single process the latest 65,536. Default 3600.
    /// </summary>
    [ConfigurationKeyName("affinity_ttl"), Range(0, 86400)] public double AffinityTtlSeconds { get; init; } = 3600;

    /// <summary>Tokens whose quota windows are read upstream at once, by all replicas together, 0 (windows are never read) to 200. Default 20.</summary>
    [ConfigurationKeyName("refresh_concurrency"), Range(0, 200)] public int RefreshConcurrency { get; init; } = 20;

    /// <summary>
    /// Seconds between two readings of one token's windows, 0.1 to 86400; up to a fifth more is added by chance. After a failure it is doubled each time, up to half an
    /// hour. Default 60.
    /// </summary>
    [ConfigurationKeyName("refresh_spacing"), Range(0.1, 86400)] public double RefreshSpacingSeconds { get; init; } = 60;

    /// <summary>How long one token's windows are not read again.</summary>
    public TimeSpan RefreshSpacing => TimeSpan.FromSeconds(RefreshSpacingSeconds);

    /// <summary>Seconds after which a number that the upstream told counts as stale, and is read again before it decides a refusal, 1 to 604800. Default 600.</summary>
    [ConfigurationKeyName("refresh_stale_after"), Range(1, 604800)] public double RefreshStaleAfterSeconds { get; init; } = 600;

    /// <summary>After which age a number is stale.</summary>
    public TimeSpan RefreshStaleAfter => TimeSpan.FromSeconds(RefreshStaleAfterSeconds);

    /// <summary>Tokens of one import whose windows are read at once, the first ones, 0 to 100000; the others' are read when they first run out. Default 100.</summary>
    [ConfigurationKeyName("refresh_after_import"), Range(0, 100000)] public int RefreshAfterImport { get; init; } = 100;
}
