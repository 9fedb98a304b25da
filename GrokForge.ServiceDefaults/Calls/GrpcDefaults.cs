using System.Net;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>
/// Gives the process its two doors: HTTP/1.1 for clients and probes, HTTP/2 in clear text for RPCs. A clear-text port speaks one or the other,
/// and one <c>Listen</c> in code silently drops ASPNETCORE_URLS; so both are added here.
/// </summary>
internal static class GrpcDefaults
{
    public static void AddDoors(this WebApplicationBuilder builder, SettingsSnapshot settings, RpcDoor rpc)
    {
        var addresses = HttpAddresses(builder.Configuration, settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(settings.App.ReadHeaderTimeoutSeconds);
            kestrel.Limits.MaxRequestHeadersTotalSize = settings.App.MaxHeaderBytes;
            if (kestrel.Limits.MaxRequestBufferSize < settings.App.MaxHeaderBytes)
                kestrel.Limits.MaxRequestBufferSize = settings.App.MaxHeaderBytes;
            if (kestrel.Limits.MaxRequestLineSize > settings.App.MaxHeaderBytes)
                kestrel.Limits.MaxRequestLineSize = settings.App.MaxHeaderBytes;
            foreach (var address in addresses)
                Listen(kestrel, address);
            if (rpc.IsOpen)
                kestrel.ListenAnyIP(rpc.Port, door => door.Protocols = HttpProtocols.Http2);
        });
    }

    /// <summary>app.host and app.port where given; else ASPNETCORE_URLS, else the HTTP(S)_PORTS, else the defaults of app.host and app.port.</summary>
    internal static IReadOnlyList<BindingAddress> HttpAddresses(IConfiguration configuration, SettingsSnapshot settings)
    {
        var own = BindingAddress.Parse($"http://{Bracketed(settings.App.Host)}:{settings.App.Port}");
        if (AddressIsGiven(settings))
            return [own];

        var urls = Split(configuration[WebHostDefaults.ServerUrlsKey]);
        if (urls.Length > 0)
            return [.. urls.Select(Parse)];

        string[] ports =
        [
            .. Split(configuration[WebHostDefaults.HttpPortsKey]).Select(port => $"http://*:{port}"),
            .. Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(port => $"https://*:{port}"),
        ];
        return ports.Length > 0 ? [.. ports.Select(Parse)] : [own];
    }

    private static bool AddressIsGiven(SettingsSnapshot settings) => settings.Given.Contains("app.host") || settings.Given.Contains("app.port");

    private static void Listen(KestrelServerOptions kestrel, BindingAddress address)
    {
        Action<ListenOptions> door = address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase)
            ? listen => listen.UseHttps()
            : listen => listen.Protocols = HttpProtocols.Http1;

        if (address.IsUnixPipe)
            kestrel.ListenUnixSocket(address.UnixPipePath, door);
        else if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
            kestrel.Listen(ip, address.Port, door);
        else if (!address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            kestrel.ListenAnyIP(address.Port, door);
        else if (address.Port == 0)
            kestrel.Listen(IPAddress.Loopback, 0, door);
        else
            kestrel.ListenLocalhost(address.Port, door);
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw new StartRefusedException($"{url} is not an address to listen on. ASPNETCORE_URLS looks like http://localhost:8080.", e);
        }
    }

    private static string Bracketed(string host) => IPAddress.TryParse(host, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{ip}]" : host;

    private static string[] Split(string? list) => (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
