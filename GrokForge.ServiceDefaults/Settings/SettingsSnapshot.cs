namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Every option of one moment, validated as a whole. Immutable: a request takes it once and never sees half a change.</summary>
public sealed record SettingsSnapshot
{
    public AppOptions App { get; init; } = new();
    public UpstreamOptions Upstream { get; init; } = new();
    public ProxyOptions Proxy { get; init; } = new();
    public RetryOptions Retry { get; init; } = new();
    public TokenOptions Token { get; init; } = new();

    /// <summary>Version of the saved overrides in it; -1 while they were not read.</summary>
    public long OverridesVersion { get; init; } = -1;
}
