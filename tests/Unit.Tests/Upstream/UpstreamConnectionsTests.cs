using System.Net;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.Upstream.Connections;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class UpstreamConnectionsTests : IDisposable
{
    private readonly UpstreamConnections _connections = new(DecompressionMethods.None);

    public void Dispose() => _connections.Dispose();

    [Fact]
    public void Requests_of_one_egress_share_connections()
    {
        using var first = _connections.Use(With(new ProxyOptions()));
        using var second = _connections.Use(With(new ProxyOptions { CfClearance = "other", UserAgent = "other" }));
        Assert.True(first.Shares(second));
    }

    [Theory]
    [InlineData("http://proxy:1", false)]
    [InlineData("socks5h://proxy:1", false)]
    [InlineData("http://user:pass@proxy:1", true)]
    public void A_changed_egress_gets_connections_of_its_own(string proxy, bool skipVerification)
    {
        using var before = _connections.Use(With(new ProxyOptions()));
        using var after = _connections.Use(With(new ProxyOptions { BaseProxyUrl = proxy, SkipProxySslVerify = skipVerification }));
        Assert.False(before.Shares(after));
    }

    [Fact]
    public void Verification_is_skipped_only_together_with_a_proxy()
    {
        Assert.False(Egress.Of(With(new ProxyOptions { SkipProxySslVerify = true })).SkipTlsVerification);
        Assert.True(Egress.Of(With(new ProxyOptions { SkipProxySslVerify = true, BaseProxyUrl = "http://proxy:1" })).SkipTlsVerification);
    }

    [Theory]
    [InlineData("http://proxy:3128", "http://proxy:3128/", null)]
    [InlineData("https://proxy:3128", "https://proxy:3128/", null)]
    [InlineData("socks5://proxy:1080", "socks5://proxy:1080/", null)]
    [InlineData("socks5h://us%20er:p%40ss@proxy:1080", "socks5://proxy:1080/", "us er:p@ss")]
    public void A_proxy_is_used_with_its_credentials(string url, string address, string? credentials)
    {
        using var handler = Egress.Of(With(new ProxyOptions { BaseProxyUrl = url })).CreateHandler(DecompressionMethods.None);
        var proxy = Assert.IsType<WebProxy>(handler.Proxy);
        Assert.True(handler.UseProxy);
        Assert.Equal(address, proxy.Address!.ToString());
        var given = proxy.Credentials?.GetCredential(proxy.Address, "Basic");
        Assert.Equal(credentials, given is null ? null : $"{given.UserName}:{given.Password}");
    }

    [Fact]
    public void Without_a_proxy_requests_leave_directly_and_nothing_is_followed_or_remembered()
    {
        using var handler = Egress.Of(With(new ProxyOptions())).CreateHandler(DecompressionMethods.None);
        Assert.False(handler.UseProxy);
        Assert.False(handler.AllowAutoRedirect);
        Assert.False(handler.UseCookies);
        Assert.Null(handler.ActivityHeadersPropagator);
    }

    [Theory]
    [InlineData(600)]
    [InlineData(7)]
    public void Pooled_connections_live_as_long_as_the_operator_says(double seconds)
    {
        var settings = new SettingsSnapshot { Upstream = new UpstreamOptions { ConnectionLifetimeSeconds = seconds } };
        using var handler = Egress.Of(settings).CreateHandler(DecompressionMethods.None);
        Assert.Equal(seconds, handler.PooledConnectionLifetime.TotalSeconds);
        using var before = _connections.Use(With(new ProxyOptions()) with { Upstream = new UpstreamOptions { ConnectionLifetimeSeconds = 60 } });
        using var after = _connections.Use(settings);
        Assert.False(before.Shares(after));
    }

    [Fact]
    public void Fresh_connections_are_made_once_for_all_who_saw_the_same_challenge()
    {
        var settings = With(new ProxyOptions());
        using var first = _connections.Use(settings);
        using var second = _connections.Use(settings);
        _connections.Renew(first);
        using var fresh = _connections.Use(settings);
        Assert.False(fresh.Shares(first));

        _connections.Renew(second);
        using var still = _connections.Use(settings);
        Assert.True(still.Shares(fresh));
    }

    [Fact]
    public async Task A_request_in_flight_ends_on_the_connections_it_began_on()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var upstream = await SimulatedUpstream.StartAsync(cancellationToken);
        using var use = _connections.Use(With(new ProxyOptions()));
        _connections.Renew(use);
        using var request = new HttpRequestMessage(HttpMethod.Get, upstream.BaseAddress);
        using var response = await use.SendAsync(request, cancellationToken);
        Assert.NotEqual(0, (int)response.StatusCode);

        use.Dispose();
        using var late = new HttpRequestMessage(HttpMethod.Get, upstream.BaseAddress);
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => use.SendAsync(late, cancellationToken));
    }

    private static SettingsSnapshot With(ProxyOptions proxy) => new() { Proxy = proxy };
}
