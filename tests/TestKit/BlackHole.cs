using System.Net;
using System.Net.Sockets;

namespace GrokForge.TestKit;

/// <summary>An address on the loopback where no connection is made: each is refused at once, or none is ever answered, as its queue is full.</summary>
public sealed class BlackHole : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queued = [];

    public BlackHole(bool swallows)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = new Uri($"http://{_listener.LocalEndPoint}/");
        if (!swallows)
            return;

        // Nobody accepts: what does not fit into the queue gets no answer.
        _listener.Listen(1);
        for (var i = 0; i < 8; i++)
        {
            var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _queued.Add(waiting);
            try
            {
                waiting.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
            }
        }
    }

    public Uri Address { get; }

    public void Dispose()
    {
        foreach (var waiting in _queued)
            waiting.Dispose();
        _listener.Dispose();
    }
}
