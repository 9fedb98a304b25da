namespace GrokForge.ServiceDefaults.Health;

/// <summary>How well one part lets this replica do its job.</summary>
public enum ReadinessLevel { Ready, Degraded, NotReady }

/// <summary>One part's readiness, with a reason where it is not ready. A reason is for operators and never holds a secret.</summary>
public readonly record struct Readiness(ReadinessLevel Level, string Reason)
{
    public static Readiness Ready { get; } = new(ReadinessLevel.Ready, "");

    /// <summary>Still does its job, but something is amiss.</summary>
    public static Readiness Degraded(string reason) => new(ReadinessLevel.Degraded, reason);

    /// <summary>This replica cannot do its job: /health answers 503.</summary>
    public static Readiness NotReady(string reason) => new(ReadinessLevel.NotReady, reason);
}
