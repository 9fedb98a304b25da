using System.Net;
using System.Net.Sockets;

namespace GrokForge.Admin.Rim;

/// <summary>Whom failures are counted against: the connection's address without its port. Forwarding headers are not believed, as anyone can send them.</summary>
internal static class ClientAddress
{
    /// <summary>An IPv6 address stands for its /64 network.</summary>
    public static IPAddress Of(HttpContext http) => Network(http.Connection.RemoteIpAddress ?? IPAddress.None);

    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
            return address;

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
