using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[proxy]</c>: the egress to the upstream and what belongs to it.</summary>
public sealed class ProxyOptions
{
    /// <summary>http, https, socks5 or socks5h proxy for all upstream calls; empty: direct. Default empty. Secret, as it may carry credentials.</summary>
    [ConfigurationKeyName("base_proxy_url"), Secret, ProxyAddress] public string BaseProxyUrl { get; init; } = "";

    /// <summary>Skips TLS verification, only together with a proxy. Default false.</summary>
    [ConfigurationKeyName("skip_proxy_ssl_verify")] public bool SkipProxySslVerify { get; init; }

    /// <summary>Cloudflare cookies as a header string. Default empty. Secret.</summary>
    [ConfigurationKeyName("cf_cookies"), Secret, HeaderText] public string CfCookies { get; init; } = "";

    /// <summary>Value of cf_clearance; replaces the one in cf_cookies. Default empty. Secret.</summary>
    [ConfigurationKeyName("cf_clearance"), Secret, HeaderText] public string CfClearance { get; init; } = "";

    /// <summary>Browser whose client hints are sent, such as chrome_146. Default chrome_146.</summary>
    [ConfigurationKeyName("browser"), BrowserName] public string Browser { get; init; } = "chrome_146";

    /// <summary>User agent sent upstream; must be the one a clearance was issued to. Empty: the browser's own. Default empty.</summary>
    [ConfigurationKeyName("user_agent"), HeaderText] public string UserAgent { get; init; } = "";

    /// <summary>Seconds until the first answer byte, 1 to 86400, where upstream.request_timeout is 0. Default 300.</summary>
    [ConfigurationKeyName("timeout"), Range(1, 86400)] public double TimeoutSeconds { get; init; } = 300;
}
