using System.Net;
using System.Net.Http.Headers;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tests.Admin;
using GrokForge.Gateway;
using GrokForge.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Whose word about a client's address counts. The tests' own connections come from 127.0.0.1.</summary>
public sealed class TrustedProxyTests : IAsyncDisposable
{
    private readonly List<ServiceUnderTest> _services = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
            await service.DisposeAsync();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3,127.0.0.0/8")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task Clients_behind_a_trusted_proxy_have_budgets_of_their_own(string proxies)
    {
        var gateway = await GatewayAsync(new() { ["app:trusted_proxies"] = proxies });
        await UseUpAsync(gateway, _ => "203.0.113.1");
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryKeyAsync(gateway, "203.0.113.1"));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryKeyAsync(gateway, "203.0.113.2"));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryKeyAsync(gateway, null));
        // What stands before the proxy's word the client wrote itself.
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryKeyAsync(gateway, "203.0.113.3, 203.0.113.1"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("10.0.0.0/8,192.0.2.1,2001:db8::/32", false)]
    [InlineData("", true)]
    [InlineData("10.0.0.0/8", true)]
    public async Task What_anybody_else_says_of_addresses_changes_nothing(string proxies, bool frameworksOwnSwitch)
    {
        var gateway = await GatewayAsync(new() { ["app:trusted_proxies"] = proxies, ["ForwardedHeaders_Enabled"] = frameworksOwnSwitch ? "true" : null });
        await UseUpAsync(gateway, i => $"203.0.113.{i}");
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryKeyAsync(gateway, "198.51.100.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryKeyAsync(gateway, null));
    }

    [Fact]
    public async Task In_one_process_the_admins_lock_out_counts_the_client_behind_the_proxy()
    {
        var service = await AdminHome.StartAllInOneAsync(new() { ["app:app_key"] = AdminHome.Password, ["app:trusted_proxies"] = "127.0.0.1" });
        _services.Add(service);
        await AssertLockOutIsPerClientAsync(service.Http);
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    public async Task Apart_the_admins_lock_out_counts_the_client_behind_proxy_and_gateway(string trustedByAdmin)
    {
        var admin = await AdminHome.StartAllInOneAsync(new() { ["app:app_key"] = AdminHome.Password, ["app:trusted_proxies"] = trustedByAdmin });
        _services.Add(admin);
        var gateway = await GatewayAsync(new() { ["app:trusted_proxies"] = "127.0.0.1", ["services:admin:http:0"] = admin.Http.ToString() });
        await AssertLockOutIsPerClientAsync(gateway.Http);
    }

    [Fact]
    public async Task A_session_behind_a_trusted_proxy_with_tls_is_for_tls_only()
    {
        var service = await AdminHome.StartAllInOneAsync(new() { ["app:app_key"] = AdminHome.Password, ["app:trusted_proxies"] = "127.0.0.1" });
        _services.Add(service);
        using var client = Client(service.Http, "203.0.113.1");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var answer = await client.SendAsync("POST", "admin/login", new { key = AdminHome.Password });
        Assert.Contains("; secure", answer.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task AssertLockOutIsPerClientAsync(Uri door)
    {
        using var guesser = Client(door, "198.51.100.9, 203.0.113.1");
        using var owner = Client(door, "203.0.113.2");
        for (var i = 0; i < 10; i++)
            await guesser.RefusedAsync("POST", "admin/login", new { key = $"guess {i}" }, HttpStatusCode.Unauthorized);
        await guesser.RefusedAsync("POST", "admin/login", new { key = AdminHome.Password }, HttpStatusCode.TooManyRequests);
        await owner.OkAsync("POST", "admin/login", new { key = AdminHome.Password });
    }

    private async Task<ServiceUnderTest> GatewayAsync(Dictionary<string, string?> configuration)
    {
        var gateway = await ServiceUnderTest.StartAsync(
            "gateway", configuration, builder =>
            {
                builder.Services.AddSingleton<IUpstreamChat>(new ScriptedUpstream()).AddSingleton<IUpstreamModels>(new ScriptedUpstream());
                builder.AddGateway();
            }, app => app.MapGateway(), rpc: false, Token);
        _services.Add(gateway);
        return gateway;
    }

    /// <summary>Has 60 unknown keys looked up, what one address may in a minute.</summary>
    private static async Task UseUpAsync(ServiceUnderTest gateway, Func<int, string> from)
    {
        for (var i = 0; i < 60; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await TryKeyAsync(gateway, from(i)));
    }

    private static async Task<HttpStatusCode> TryKeyAsync(ServiceUnderTest gateway, string? from)
    {
        using var client = Client(gateway.Http, from);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "gf-" + Guid.NewGuid().ToString("N") + "0123456789abcdef");
        using var answer = await client.GetAsync(new Uri("v1/models", UriKind.Relative), Token);
        return answer.StatusCode;
    }

    private static HttpClient Client(Uri door, string? from)
    {
        var client = WatchedClient.Of(door);
        if (from is not null)
            client.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", from);
        return client;
    }
}
