namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Rules between settings, checked when each by itself is right.</summary>
internal static class CrossRules
{
    public static IEnumerable<SettingProblem> Check(SettingsSnapshot settings)
    {
        if (settings.Retry.BackoffBaseSeconds > settings.Retry.BackoffMaxSeconds)
            yield return new("retry.retry_backoff_base", "", "retry.retry_backoff_base must not be above retry.retry_backoff_max");
        if (settings.App.ChatBodyLimit > settings.App.MaxBodyBytesInFlight)
            yield return new("app.chat_body_limit", "", "app.chat_body_limit must not be above app.max_body_bytes_in_flight, or a body of that size is never served");
        if (settings.App.BodyLimit > settings.App.MaxBodyBytesInFlight)
            yield return new("app.body_limit", "", "app.body_limit must not be above app.max_body_bytes_in_flight, or a body of that size is never served");
    }

    public static IEnumerable<SettingProblem> Warn(SettingsSnapshot settings)
    {
        if (settings.Proxy is { SkipProxySslVerify: true, BaseProxyUrl: "", AssetProxyUrl: "" })
            yield return new("proxy.skip_proxy_ssl_verify", "", "proxy.skip_proxy_ssl_verify has no effect without proxy.base_proxy_url");
        if (settings.Proxy is { Enabled: true, FlareSolverrUrl: "" })
            yield return new("proxy.enabled", "", "proxy.enabled has no effect without proxy.flaresolverr_url");
        if (settings.Proxy is { Enabled: false, FlareSolverrUrl.Length: > 0 })
            yield return new("proxy.flaresolverr_url", "", "proxy.flaresolverr_url has no effect unless proxy.enabled is true");
    }
}
