using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[upstream]</c>: where the upstream is and how long it may take.</summary>
public sealed class UpstreamOptions
{
    /// <summary>Origin of the web upstream. Default https://grok.com.</summary>
    [ConfigurationKeyName("web_base_url"), Url] public string WebBaseUrl { get; init; } = "https://grok.com";

    /// <summary>Seconds between two upstream bytes, 1 to 3600. Default 90.</summary>
    [ConfigurationKeyName("idle_timeout"), Range(1, 3600)] public double IdleTimeoutSeconds { get; init; } = 90;

    /// <summary>Seconds until the first answer byte over all tries, 1 to 86400; 0: as proxy.timeout says. Default 0.</summary>
    [ConfigurationKeyName("request_timeout"), Range(0, 86400)] public double RequestTimeoutSeconds { get; init; }

    /// <summary>Seconds after which pooled connections are renewed, 10 to 86400. Default 600.</summary>
    [ConfigurationKeyName("connection_lifetime"), Range(10, 86400)] public double ConnectionLifetimeSeconds { get; init; } = 600;

    /// <summary>Headers of web requests besides Cookie; an empty value leaves a default header out. Default: a plain browser's.</summary>
    [ConfigurationKeyName("headers")] public Dictionary<string, string> Headers { get; init; } = [];
}
