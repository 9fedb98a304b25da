using System.Net;
using System.Net.Sockets;
using GrokForge.Upstream.Connections;

namespace GrokForge.Unit.Tests.Upstream.Connections;

public sealed class ConnectTimeoutTests
{
    [Fact]
    public async Task An_upstream_that_accepts_no_connection_is_an_unreachable_one()
    {
        // Nobody accepts, and the queue of those who wait is full: whoever comes now hears nothing.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        var address = (IPEndPoint)deaf.LocalEndPoint!;
        List<Socket> waiting = [];
        try
        {
            await FillAsync(address, waiting);
            using var set = new ConnectionSet(new Egress("", false, TimeSpan.FromMinutes(10)) { ConnectTimeout = TimeSpan.FromMilliseconds(200) }, DecompressionMethods.None);
            using var use = set.Use();
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}/");

            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => use.SendAsync(request, TestContext.Current.CancellationToken));

            Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
            Assert.Contains("could not be reached", Unreachable.Of(failure, "upstream.web_base_url").What, StringComparison.Ordinal);
        }
        finally
        {
            waiting.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_request_that_its_caller_gave_up_stays_a_cancellation()
    {
        using var set = new ConnectionSet(new Egress("", false, TimeSpan.FromMinutes(10)), DecompressionMethods.None);
        using var use = set.Use();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:9/");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => use.SendAsync(request, new CancellationToken(canceled: true)));
    }

    private static async Task FillAsync(IPEndPoint address, List<Socket> waiting)
    {
        for (var connected = true; connected && waiting.Count < 64;)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            waiting.Add(socket);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            try
            {
                await socket.ConnectAsync(address, patience.Token);
            }
            catch (OperationCanceledException)
            {
                connected = false;
            }
        }
    }
}
