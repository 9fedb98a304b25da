using System.Net;
using GrokForge.Gateway;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.TestKit;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>/admin through the gateway's public door.</summary>
public sealed class AdminBehindTheGateway(AdminInOneProcess home) : IClassFixture<AdminInOneProcess>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failures_are_counted_against_the_client_that_the_gateway_saw()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "macOS gives the loopback interface one address only.");
        await using var gateway = await ServiceUnderTest.StartAsync(
            "gateway", new Dictionary<string, string?> { ["services:admin:http:0"] = home.Admin.Http.ToString() },
            b => b.AddRemoteUpstreamChat().AddGateway(), app => app.MapGateway(), rpc: false, Cancel);
        using var guesser = Client(gateway.Http, "127.0.0.2");
        using var neighbour = Client(gateway.Http, "127.0.0.3");
        for (var i = 0; i < 10; i++)
            await guesser.RefusedAsync("POST", "admin/login", new { key = $"guess {i}" }, HttpStatusCode.Unauthorized);

        await guesser.RefusedAsync("POST", "admin/login", new { key = AdminHome.Password }, HttpStatusCode.TooManyRequests);
        await neighbour.OkAsync("POST", "admin/login", new { key = AdminHome.Password });
        await neighbour.OkAsync("GET", "admin/tokens");
        await gateway.StopAsync(Cancel);
    }

    /// <summary>A client that calls from an address of its own, and claims to be many others.</summary>
    private static HttpClient Client(Uri gateway, string from)
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(from).MapToIPv6(), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = gateway };
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.99");
        client.DefaultRequestHeaders.Add("x-grokforge-forwarded-by", "forged");
        return client;
    }
}
