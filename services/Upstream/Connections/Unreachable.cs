using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Connections;

/// <summary>Says why an upstream could not be asked. The exception's own words name hosts and addresses, so they are not passed on.</summary>
internal static class Unreachable
{
    /// <param name="setting">Where the upstream's address is set, such as upstream.web_base_url.</param>
    public static Refusal Of(HttpRequestException e, string setting) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => Refusal.NoNetwork("could not be reached: its name does not resolve", $"Check DNS and {setting}."),
        HttpRequestError.ConnectionError => Refusal.NoNetwork("could not be reached: no connection", "Check the network and proxy.base_proxy_url."),
        HttpRequestError.SecureConnectionError => Refusal.NoNetwork("could not be reached: TLS failed", "Check proxy.base_proxy_url and the system's certificates."),
        HttpRequestError.ProxyTunnelError => Refusal.NoNetwork("could not be reached through the proxy", "Check proxy.base_proxy_url."),
        _ => Refusal.NoNetwork("ended the connection without an answer", "Check the network and proxy.base_proxy_url."),
    };
}
