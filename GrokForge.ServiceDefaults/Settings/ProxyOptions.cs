using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[proxy]</c>: the egress to the upstream and what belongs to it.</summary>
public sealed record ProxyOptions
{
    /// <summary>The shortest time between two solves of the schedule; a shorter setting means <see cref="UsualInterval"/>, as in the first GrokForge.</summary>
    private const double LeastInterval = 60;

    private const double UsualInterval = 600;

    /// <summary>What a FlareSolverr takes by itself: a try that hangs keeps others from being made.</summary>
    private const double UsualSolve = 60;

    /// <summary>http, https, socks5 or socks5h proxy for all upstream calls; empty: direct. Default empty. Secret, as it may carry credentials.</summary>
    [ConfigurationKeyName("base_proxy_url"), Secret, ProxyAddress] public string BaseProxyUrl { get; init; } = "";

    /// <summary>Proxy for the pictures in answers of the web upstream, as base_proxy_url; empty: as base_proxy_url. Default empty. Secret, as it may carry credentials.</summary>
    [ConfigurationKeyName("asset_proxy_url"), Secret, ProxyAddress] public string AssetProxyUrl { get; init; } = "";

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

    /// <summary>Whether a FlareSolverr keeps clearances fresh; it needs flaresolverr_url. Proxies are used without it. Default false.</summary>
    [ConfigurationKeyName("enabled")] public bool Enabled { get; init; }

    /// <summary>Address of a FlareSolverr, with or without /v1; empty: none. Default empty.</summary>
    [ConfigurationKeyName("flaresolverr_url"), OptionalHttpAddress] public string FlareSolverrUrl { get; init; } = "";

    /// <summary>Seconds between two solves when nothing is challenged, 0 to 604800; below 60 means 600. Default 3600.</summary>
    [ConfigurationKeyName("refresh_interval"), Range(0.0, 604800)] public double RefreshIntervalSeconds { get; init; } = 3600;

    /// <summary>Seconds a solve may take, 1 to 600; 0 means 60. The solver gets 30 more to say that it is over. Default 0.</summary>
    [ConfigurationKeyName("solve_timeout"), ZeroOrRange(1, 600)] public double SolveTimeoutSeconds { get; init; }

    /// <summary>Seconds a challenged request waits for the running solve, 0 (does not wait) to 300. Default 30.</summary>
    [ConfigurationKeyName("challenge_wait"), Range(0.0, 300)] public double ChallengeWaitSeconds { get; init; } = 30;

    /// <summary>Seconds until the first answer byte, 1 to 86400, where upstream.request_timeout is 0. Default 300.</summary>
    [ConfigurationKeyName("timeout"), Range(1, 86400)] public double TimeoutSeconds { get; init; } = 300;

    /// <summary>Whether there is a solver to ask.</summary>
    public bool HasSolver => Enabled && FlareSolverrUrl.Length > 0;

    /// <summary>The time between two solves when nothing is challenged.</summary>
    public TimeSpan RefreshInterval => TimeSpan.FromSeconds(RefreshIntervalSeconds < LeastInterval ? UsualInterval : RefreshIntervalSeconds);

    /// <summary>What one solve may take.</summary>
    public TimeSpan SolveTimeout => TimeSpan.FromSeconds(SolveTimeoutSeconds > 0 ? SolveTimeoutSeconds : UsualSolve);

    /// <summary>How long a challenged request waits for the running solve.</summary>
    public TimeSpan ChallengeWait => TimeSpan.FromSeconds(ChallengeWaitSeconds);

    /// <summary>The proxy of pictures and files.</summary>
    public string AssetEgressUrl => AssetProxyUrl.Length > 0 ? AssetProxyUrl : BaseProxyUrl;

    /// <summary>Never the values: they hold secrets.</summary>
    public override string ToString() => nameof(ProxyOptions);
}
