using System.Net;
using System.Net.Sockets;

namespace GrokForge.TestKit.Servers;

/// <summary>Asks the system for a port that nobody listens on.</summary>
public static class FreePort
{
    public static int Next()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
