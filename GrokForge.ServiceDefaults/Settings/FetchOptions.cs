using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[fetch]</c>: how the gateway downloads what a request names by address.</summary>
public sealed class FetchOptions
{
    /// <summary>Seconds one download may take with all its redirects, 1 to 600. Default 20.</summary>
    [ConfigurationKeyName("timeout"), Range(1, 600)] public double TimeoutSeconds { get; init; } = 20;

    /// <summary>How long one download may take.</summary>
    public TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);

    /// <summary>Redirects followed per download, 0 to 10. Default 3.</summary>
    [ConfigurationKeyName("max_redirects"), Range(0, 10)] public int MaxRedirects { get; init; } = 3;

    /// <summary>Hosts that may have private addresses, as host or host:port; all others must be on the public Internet. Default [].</summary>
    [ConfigurationKeyName("allow_private"), HostList] public string[] AllowPrivate { get; init; } = [];
}
