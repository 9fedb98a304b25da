using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[upstream]</c>: where the upstream is and how long it may take.</summary>
public sealed class UpstreamOptions
{
    /// <summary>Address of the web upstream; a trailing slash is dropped. Default https://grok.com.</summary>
    [ConfigurationKeyName("web_base_url"), HttpAddress] public string WebBaseUrl { get; init => field = value.TrimEnd('/'); } = "https://grok.com";

    /// <summary>Address of the web upstream's pictures and files; a trailing slash is dropped. Default https://assets.grok.com.</summary>
    [ConfigurationKeyName("assets_base_url"), HttpAddress] public string AssetsBaseUrl { get; init => field = value.TrimEnd('/'); } = "https://assets.grok.com";

    /// <summary>Address of the official API, or of another one that speaks like OpenAI's; /v1 is added where it has no path. Default https://api.x.ai.</summary>
    [ConfigurationKeyName("xai_base_url"), HttpAddress] public string XaiBaseUrl { get; init => field = value.TrimEnd('/'); } = "https://api.x.ai";

    /// <summary>Seconds between two upstream bytes, 1 to 3600. Default 90.</summary>
    [ConfigurationKeyName("idle_timeout"), Range(1, 3600)] public double IdleTimeoutSeconds { get; init; } = 90;

    /// <summary>The longest silence between two upstream bytes.</summary>
    public TimeSpan IdleTimeout => TimeSpan.FromSeconds(IdleTimeoutSeconds);

    /// <summary>Seconds until the first answer byte over all tries, 1 to 86400; 0: as proxy.timeout says. Default 0.</summary>
    /// <remarks><see cref="SettingsSnapshot.RequestTimeout"/> answers both.</remarks>
    [ConfigurationKeyName("request_timeout"), ZeroOrRange(1, 86400)] public double RequestTimeoutSeconds { get; init; }

    /// <summary>Seconds after which pooled connections are renewed, 10 to 86400. Default 600.</summary>
    [ConfigurationKeyName("connection_lifetime"), Range(10, 86400)] public double ConnectionLifetimeSeconds { get; init; } = 600;

    /// <summary>After this a pooled connection is renewed.</summary>
    public TimeSpan ConnectionLifetime => TimeSpan.FromSeconds(ConnectionLifetimeSeconds);

    /// <summary>Headers of web requests besides Cookie; an empty value leaves a default header out. Default: a plain browser's.</summary>
    [ConfigurationKeyName("headers"), HeaderTable] public Dictionary<string, string> Headers { get; init; } = [];
}
