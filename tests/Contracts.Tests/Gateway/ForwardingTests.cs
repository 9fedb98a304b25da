using System.Net;
using GrokForge.Contracts.Tests.Admin;
using GrokForge.Gateway;
using GrokForge.MediaCache;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>What a separate gateway passes on to other services, and what it says when they are away.</summary>
public sealed class ForwardingTests : IAsyncDisposable
{
    private const string Proof = "x-grokforge-forwarded-by";
    private const string Nowhere = "http://127.0.0.1:9";

    private readonly HttpClient _client = WatchedClient.Of(null);
    private ServiceUnderTest? _gateway;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Admin_is_forwarded_with_the_callers_address_while_it_is_public()
    {
        await using var admin = await StartAdminAsync();
        await StartAsync(new() { ["services:admin:http:0"] = AddressOf(admin) });
        _client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        using var response = await _client.SendAsync("POST", "admin/tokens/batch?x=1", "body");
        Assert.Equal($"POST /admin/tokens/batch?x=1 body 127.0.0.1 {_gateway!.Http.Authority}", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("SAMEORIGIN", response.Headers.GetValues("X-Frame-Options").Single());
    }

    [Fact]
    public async Task The_gateway_proves_itself_whatever_the_client_sent()
    {
        await using var admin = await StartAdminAsync();
        await StartAsync(new() { ["services:admin:http:0"] = AddressOf(admin) });
        _client.DefaultRequestHeaders.Add(Proof, "forged");
        using var response = await _client.SendAsync("GET", "admin/verify");

        var proof = response.Headers.GetValues("seen-proof").Single();
        var tokens = new InternalTokens(new InternalKey("admin", ServiceUnderTest.InternalKey), TimeProvider.System);
        Assert.Equal("gateway", await tokens.CallerAsync(proof));
    }

    [Theory]
    [InlineData("an-id-of-the-client")]
    [InlineData(null)]
    public async Task A_forwarded_request_and_its_answer_have_one_id(string? given)
    {
        await using var admin = await StartAdminAsync();
        await StartAsync(new() { ["services:admin:http:0"] = AddressOf(admin) });
        if (given is not null)
            _client.DefaultRequestHeaders.Add("x-request-id", given);
        using var response = await _client.SendAsync("GET", "admin/verify");

        var id = response.Headers.GetValues("x-request-id").Single();
        Assert.Equal(id, response.Headers.GetValues("seen-id").Single());
        Assert.Equal(given ?? id, id);
    }

    [Fact]
    public async Task Admin_is_hidden_where_it_is_not_public()
    {
        await using var admin = await StartAdminAsync();
        await StartAsync(new() { ["services:admin:http:0"] = AddressOf(admin), ["app:public_admin"] = "false" });
        await _client.RefusedAsync("GET", "admin/login", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_admin_service_that_is_away_is_worth_another_try_later()
    {
        await StartAsync(new() { ["services:admin:http:0"] = Nowhere });
        using var response = await _client.SendAsync("POST", "admin/login", "{}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("service_unavailable", Rest.ErrorOf(response, await response.Content.ReadAsStringAsync(Token)).Text("code"));
        Assert.NotNull(response.Headers.RetryAfter?.Delta);
        Assert.Single(response.Headers.GetValues("x-request-id"));
    }

    [Fact]
    public async Task The_next_replica_answers_where_one_cannot_be_reached()
    {
        await using var admin = await StartAdminAsync();
        await StartAsync(new() { ["services:admin:http:0"] = Nowhere, ["services:admin:http:1"] = AddressOf(admin) });
        using var response = await _client.SendAsync("POST", "admin/login", "body");
        Assert.StartsWith("POST /admin/login body ", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_was_sent_is_not_sent_to_another_replica()
    {
        var asked = 0;
        await using var first = await StartAdminAsync(context => context.Abort());
        await using var second = await StartAdminAsync(_ => asked++);
        await StartAsync(new() { ["services:admin:http:0"] = AddressOf(first), ["services:admin:http:1"] = AddressOf(second) });
        await _client.RefusedAsync("POST", "admin/login", "body", HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task Media_files_come_from_the_media_cache()
    {
        await using var media = await ServiceUnderTest.StartAsync("mediacache", new Dictionary<string, string?>(), b => b.AddMediaCache(), app => app.MapMediaCache(), rpc: false, Token);
        await StartAsync(new() { ["services:mediacache:http:0"] = media.Http.ToString() });
        Assert.Equal("not_implemented", (await _client.RefusedAsync("GET", "api/files/image/a.jpg", null, HttpStatusCode.NotImplemented)).Text("code"));
    }

    private async Task StartAsync(Dictionary<string, string?> configuration)
    {
        _gateway = await ServiceUnderTest.StartAsync("gateway", configuration, b => b.AddGateway(), app => app.MapGateway().MapGatewayRpc(), rpc: true, Token);
        _client.BaseAddress = _gateway.Http;
    }

    private static async Task<WebApplication> StartAdminAsync(Action<HttpContext>? first = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            first?.Invoke(context);
            var (request, headers) = (context.Request, context.Response.Headers);
            var body = await new StreamReader(request.Body).ReadToEndAsync(context.RequestAborted);
            headers.XFrameOptions = "SAMEORIGIN";
            headers["x-request-id"] = headers["seen-id"] = request.Headers["x-request-id"];
            headers["seen-proof"] = request.Headers[Proof];
            await context.Response.WriteAsync(
                $"{request.Method} {request.Path}{request.QueryString} {body} {request.Headers["X-Forwarded-For"]} {request.Host}", context.RequestAborted);
        });
        await app.StartAsync(Token);
        return app;
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
