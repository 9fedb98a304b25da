using System.Text.Json.Serialization;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Admin.Tokens;

/// <summary>A token as the admin REST shows it; its text is masked.</summary>
internal sealed record TokenJson
{
    public required long Id { get; init; }
    public required string Token { get; init; }
    public required string Pool { get; init; }
    public required string Status { get; init; }
    public required string DisplayStatus { get; init; }

    /// <summary>Units left by mode.</summary>
    public required IReadOnlyDictionary<string, int> Quotas { get; init; }

    public required IReadOnlyDictionary<string, int> LimitQuotas { get; init; }

    /// <summary>Unix seconds by mode that waits for its window.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, long>? ResumeAts { get; init; }

    /// <summary>Unix seconds by mode: when the upstream last told its window.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, long>? QuotaObservedAt { get; init; }

    /// <summary>Modes that the upstream counts and whose numbers are ours alone, or old.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? StaleQuotas { get; init; }

    /// <summary>The pool that the totals of its windows speak for, where that is another one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ProposedPool { get; init; }

    public required int Inflight { get; init; }

    /// <summary>-1: as token.max_inflight says; 0: no cap.</summary>
    public required int MaxInflight { get; init; }

    public required int FailCount { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? LastUsed { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Remark { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? StatusReason { get; init; }
    public required int Priority { get; init; }
    public required string? CreatedAt { get; init; }
    public required string? UpdatedAt { get; init; }

    public static TokenJson From(TokenView token)
    {
        var waiting = token.Quotas.Where(q => q.Value.ResumeAt != 0).ToDictionary(q => q.Key, q => q.Value.ResumeAt);
        var observed = token.Quotas.Where(q => q.Value.ObservedAt != 0).ToDictionary(q => q.Key, q => q.Value.ObservedAt);
        var stale = token.Quotas.Where(q => q.Value.Stale).Select(q => q.Key).Order(StringComparer.Ordinal).ToArray();
        return new TokenJson
        {
            Id = token.Id,
            Token = token.Masked,
            Pool = Pools.SeedName(token.Pool),
            Status = token.Status,
            DisplayStatus = token.DisplayStatus,
            Quotas = token.Quotas.ToDictionary(q => q.Key, q => q.Value.Remaining),
            LimitQuotas = token.Quotas.ToDictionary(q => q.Key, q => q.Value.Limit),
            ResumeAts = waiting.Count > 0 ? waiting : null,
            QuotaObservedAt = observed.Count > 0 ? observed : null,
            StaleQuotas = stale.Length > 0 ? stale : null,
            ProposedPool = token.ProposedPool.Length > 0 ? Pools.SeedName(token.ProposedPool) : null,
            Inflight = token.Inflight,
            MaxInflight = token.MaxInflight,
            FailCount = token.FailCount,
            LastUsed = Instant.OfSeconds(token.LastUsed),
            Remark = token.Remark.Length > 0 ? token.Remark : null,
            StatusReason = token.StatusReason.Length > 0 ? token.StatusReason : null,
            Priority = token.Priority,
            CreatedAt = Instant.OfSeconds(token.CreatedAt),
            UpdatedAt = Instant.OfSeconds(token.UpdatedAt),
        };
    }
}
