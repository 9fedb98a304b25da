using System.Net;
using System.Net.Sockets;

namespace GrokForge.Gateway.Fetching;

/// <summary>Tells addresses of the public Internet from all others, by the IANA registries of special-purpose addresses.</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] Special4 =
    [
        .. Networks(
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        // A cloud's platform address, reachable from inside its machines alone.
        .. Networks("168.63.129.16/32"),
    ];

    // Global unicast is all that is public; so NAT64, unique local, link-local, multicast, loopback and mapped forms are out by themselves.
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    // IETF assignments with Teredo, benchmarking and ORCHID; documentation twice; 6to4, which carries any IPv4 address.
    private static readonly IPNetwork[] Special6 = [.. Networks("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")];

    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(Special4, n => n.Contains(address)),
            AddressFamily.InterNetworkV6 => Global6.Contains(address) && !Array.Exists(Special6, n => n.Contains(address)),
            _ => false,
        };
    }

    private static IEnumerable<IPNetwork> Networks(params string[] networks) => networks.Select(n => IPNetwork.Parse(n));
}
