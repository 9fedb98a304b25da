using System.Collections.Frozen;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Every option of one moment, validated as a whole. Immutable: a request takes it once and never sees half a change.</summary>
public sealed record SettingsSnapshot
{
    [ConfigurationKeyName("app")] public AppOptions App { get; init; } = new();
    [ConfigurationKeyName("upstream")] public UpstreamOptions Upstream { get; init; } = new();
    [ConfigurationKeyName("proxy")] public ProxyOptions Proxy { get; init; } = new();
    [ConfigurationKeyName("retry")] public RetryOptions Retry { get; init; } = new();
    [ConfigurationKeyName("token")] public TokenOptions Token { get; init; } = new();
    [ConfigurationKeyName("image")] public ImageOptions Image { get; init; } = new();
    [ConfigurationKeyName("fetch")] public FetchOptions Fetch { get; init; } = new();

    /// <summary>How long a request may wait for its first answer byte over all tries: upstream.request_timeout, else proxy.timeout.</summary>
    public TimeSpan RequestTimeout =>
        TimeSpan.FromSeconds(Upstream.RequestTimeoutSeconds > 0 ? Upstream.RequestTimeoutSeconds : Proxy.TimeoutSeconds);

    /// <summary>Keys that a file, the environment, the command line or a saved override gave; the rest are at their defaults.</summary>
    public IReadOnlySet<string> Given { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Version of the saved overrides in it; -1 while they were not read.</summary>
    public long OverridesVersion { get; init; } = -1;
}
