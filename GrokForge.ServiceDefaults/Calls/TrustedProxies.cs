using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Lets a request's address and scheme be what a proxy says of them, where that proxy is among app.trusted_proxies.</summary>
internal static class TrustedProxies
{
    /// <summary>Comes after the framework's own set-up: ASPNETCORE_FORWARDEDHEADERS_ENABLED alone would believe everyone.</summary>
    public static void AddTrustedProxies(this WebApplicationBuilder builder, string[] proxies) =>
        builder.Services.PostConfigure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = proxies.Length > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto : ForwardedHeaders.None;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var proxy in proxies)
                options.KnownIPNetworks.Add(Parse(proxy)!.Value);

            // From the right as far as the proxies are ours; what stands before that the client may have written.
            options.ForwardLimit = null;
        });

    /// <summary>An address or network; null where the text is neither.</summary>
    public static IPNetwork? Parse(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;
        // 10 and 10.1 are addresses too, but hardly meant.
        if (!IPAddress.TryParse(text, out var address) || (address.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') != 3))
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }
}
