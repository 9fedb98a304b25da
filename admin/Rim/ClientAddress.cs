using System.Net;
using System.Net.Sockets;

namespace GrokForge.Admin.Rim;

/// <summary>Whom failures are counted against: the client's address without its port. Forwarding headers are believed from our own gateway alone, as anyone can send them.</summary>
/// <param name="Network">An IPv4 address; of an IPv6 address its /64 network.</param>
internal sealed record ClientAddress(IPAddress Network)
{
    public static ClientAddress Of(IPAddress address) => new(NetworkOf(address));

    private static IPAddress NetworkOf(IPAddress address)
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
