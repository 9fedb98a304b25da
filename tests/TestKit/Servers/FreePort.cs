using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace GrokForge.TestKit.Servers;

/// <summary>Hands out loopback ports below the ephemeral range, so that no outgoing connection takes one before its server does.</summary>
public static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(15000, 32000);
            if (!Given.TryAdd(port, true))
                continue;
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's: take another.
            }
        }
    }
}
