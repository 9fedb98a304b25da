using System.Net;
using System.Net.Http.Headers;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tests.Admin;
using GrokForge.Gateway;
using GrokForge.TestKit;
using Microsoft.Extensions.DependencyInjection;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>The rim as whole processes have it: keys, limits, the administration beside it, and the server's own limits.</summary>
public sealed class WholeRimTests : IAsyncDisposable
{
    private const string Ask = """{"model":"grok-4.20","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";
    private const string Allowed = "https://app.example";

    private readonly HttpClient _client = WatchedClient.Of(null, new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly ScriptedUpstream _upstream = new();
    private ServiceUnderTest? _service;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_service is not null)
            await _service.DisposeAsync();
    }

    [Theory]
    [InlineData("/models")]
    [InlineData("/v1/v1/models/")]
    [InlineData("//v1//models")]
    [InlineData("/models/grok-4.20")]
    public async Task No_address_leads_around_the_key(string path)
    {
        await StartGatewayAsync([]);
        using var response = await SendAsync(HttpMethod.Get, path);
        await Envelope.AssertAsync(response, 401, "invalid_request_error", "invalid_api_key", null, Token);
    }

    [Fact]
    public async Task All_addresses_count_against_the_same_limit_and_say_so()
    {
        await StartGatewayAsync([]);
        await UseKeyAsync(new CreateKeyRequest { Name = "test", RateLimit = 2 });
        using var first = await SendAsync(HttpMethod.Get, "/v1/models");
        Assert.Equal(("2", "1"), (first.Headers.GetValues("x-ratelimit-limit-requests").Single(), first.Headers.GetValues("x-ratelimit-remaining-requests").Single()));
        Assert.Matches("^[0-9]+s$", first.Headers.GetValues("x-ratelimit-reset-requests").Single());
        using var second = await SendAsync(HttpMethod.Head, "/models");
        Assert.Equal("0", second.Headers.GetValues("x-ratelimit-remaining-requests").Single());
        using var third = await SendAsync(HttpMethod.Get, "//models/");
        Assert.Equal("0", third.Headers.GetValues("x-ratelimit-remaining-requests").Single());
        await Envelope.AssertAsync(third, 429, "rate_limit_error", "rate_limit_exceeded", null, Token);
        using var preflight = await SendAsync(HttpMethod.Options, "/models");
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
    }

    [Fact]
    public async Task A_used_up_day_is_not_to_be_tried_again()
    {
        await StartGatewayAsync([]);
        await UseKeyAsync(new CreateKeyRequest { Name = "test", DailyLimit = 1 });
        _upstream.Says(Text("x"), Finished());
        using (var first = await SendAsync(HttpMethod.Post, "/v1/chat/completions", Ask))
            await SseTranscript.ReadAsync(first, usageAsked: false, Token);
        using var second = await SendAsync(HttpMethod.Post, "/v1/chat/completions", Ask);
        Assert.Equal("false", second.Headers.GetValues("x-should-retry").Single());
        await Envelope.AssertAsync(second, 429, "rate_limit_error", "daily_limit_exceeded", null, Token);
    }

    [Theory]
    [InlineData("//admin/verify", HttpStatusCode.NotFound)]
    [InlineData("/v1/admin/verify", HttpStatusCode.NotFound)]
    [InlineData("/v1//admin/verify", HttpStatusCode.NotFound)]
    [InlineData("/v1%2F..%2Fadmin/verify", HttpStatusCode.NotFound)]
    [InlineData("/v1/../admin/verify", HttpStatusCode.Unauthorized)]
    [InlineData("/models/%2e%2e/admin/verify", HttpStatusCode.Unauthorized)]
    [InlineData("/models/%252e%252e/admin/verify", HttpStatusCode.Unauthorized)]
    [InlineData("/admin/v1/models", HttpStatusCode.Unauthorized)]
    public async Task No_address_leads_around_the_admin_password(string path, HttpStatusCode status)
    {
        _service = await AdminHome.StartAllInOneAsync(new() { ["app:app_key"] = AdminHome.Password });
        using var response = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/admin/verify")]
    [InlineData("OPTIONS", "/admin/login")]
    [InlineData("GET", "/admin/nothing")]
    [InlineData("GET", "/v1/../admin/verify")]
    [InlineData("OPTIONS", "//admin/login")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/")]
    public async Task Other_origins_are_told_nothing_outside_v1(string method, string path)
    {
        _service = await AdminHome.StartAllInOneAsync(new() { ["app:app_key"] = AdminHome.Password });
        using var response = await SendAsync(new HttpMethod(method), path, origin: Allowed);
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(Allowed, Allowed)]
    [InlineData("https://other.example", null)]
    [InlineData("null", null)]
    [InlineData(null, null)]
    public async Task Every_answer_is_marked_for_allowed_origins_and_for_no_other(string? origin, string? allowed)
    {
        await StartGatewayAsync(new() { ["app:cors_origins"] = Allowed, ["app:chat_body_limit"] = "4096" });
        using (var unauthorized = await SendAsync(HttpMethod.Get, "/v1/models", origin: origin))
            AssertMarked(unauthorized, 401, allowed);
        await UseKeyAsync(new CreateKeyRequest { Name = "test", RateLimit = 7 });
        _upstream.Says(Text("x"), Finished());

        (string Method, string Path, string? Body, int Status)[] requests =
        [
            ("GET", "/v1/models", null, 200), ("GET", "/v1/nothing", null, 404), ("PUT", "/v1/models", null, 405), ("GET", "/models/none", null, 404),
            ("POST", "/v1/chat/completions", "{", 400), ("POST", "/v1/chat/completions", Ask.PadRight(5000), 413), ("POST", "/v1/chat/completions", Ask, 200),
        ];
        foreach (var (method, path, body, status) in requests)
        {
            using var response = await SendAsync(new HttpMethod(method), path, body, origin);
            AssertMarked(response, status, allowed);
        }

        _upstream.Does((_, _) => throw new InvalidOperationException("A fault of the gateway's own."));
        using (var fault = await SendAsync(HttpMethod.Post, "/v1/chat/completions", Ask, origin))
            AssertMarked(fault, 500, allowed);
        using (var preflight = await SendAsync(HttpMethod.Options, "/v1/chat/completions", origin: origin))
        {
            AssertMarked(preflight, 204, allowed);
            Assert.Equal(allowed is null ? null : "86400", Header(preflight, "Access-Control-Max-Age"));
            Assert.Equal(allowed is null ? null : "x-stainless-os", Header(preflight, "Access-Control-Allow-Headers"));
        }

        (await SendAsync(HttpMethod.Get, "/v1/models", origin: origin)).Dispose();
        using var limited = await SendAsync(HttpMethod.Get, "/v1/models", origin: origin);
        AssertMarked(limited, 429, allowed);
    }

    [Fact]
    public async Task An_origin_named_beside_any_is_any()
    {
        await StartGatewayAsync(new() { ["app:cors_origins"] = $"{Allowed},*" });
        using var response = await SendAsync(HttpMethod.Get, "/v1/models", origin: Allowed);
        Assert.Equal("*", Header(response, "Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("an-id.of:the/client", true)]
    [InlineData("with a blank", false)]
    [InlineData(null, false)]
    public async Task Every_answer_carries_the_requests_id(string? given, bool kept)
    {
        await StartGatewayAsync([]);
        foreach (var (method, path) in new[] { ("GET", "/v1/models"), ("OPTIONS", "/models"), ("GET", "/v1/nothing"), ("PUT", "/v1/models"), ("GET", "/"), ("GET", "/nothing"), ("HEAD", "/health") })
        {
            using var response = await SendAsync(new HttpMethod(method), path, id: given);
            var id = response.Headers.GetValues("x-request-id").Single();
            Assert.Equal(kept, id == given);
            Assert.NotEmpty(id);
        }
    }

    [Theory]
    [InlineData(431, "GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Big: ", 6000)]
    [InlineData(414, "GET /v1/models?", 6000)]
    public async Task What_is_longer_than_the_server_takes_is_refused_and_ended_in_order(int status, string start, int more)
    {
        await StartGatewayAsync(new() { ["app:max_header_bytes"] = "4096" });
        using var client = await RawClient.SendAsync(_service!.Http, start + new string('x', more) + (status == 414 ? " HTTP/1.1\r\nHost: x\r\n\r\n" : "\r\n\r\n"), Token);
        var answer = await client.ReadToEndAsync(Token);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_headers_are_refused()
    {
        await StartGatewayAsync([]);
        var headers = string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: 1\r\n"));
        using var client = await RawClient.SendAsync(_service!.Http, $"GET /v1/models HTTP/1.1\r\nHost: x\r\n{headers}\r\n", Token);
        Assert.StartsWith("HTTP/1.1 431 ", await client.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_may_be_as_large_as_the_setting_says()
    {
        await StartGatewayAsync(new() { ["app:max_header_bytes"] = "4194304" });
        using var client = await RawClient.SendAsync(_service!.Http, $"GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Big: {new string('x', 2_000_000)}\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 401 ", await client.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_announced_too_large_is_refused_before_it_is_sent()
    {
        await StartGatewayAsync([]);
        var key = await UseKeyAsync(new CreateKeyRequest { Name = "test" });
        using var client = await RawClient.SendAsync(
            _service!.Http, $"POST /chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nExpect: 100-continue\r\nContent-Length: 100000000\r\n\r\n", Token);
        var answer = await client.ReadToEndAsync(Token);
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"request_too_large\"", answer, StringComparison.Ordinal);
    }

    private static void AssertMarked(HttpResponseMessage response, int status, string? allowed)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(allowed, Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal(allowed is not null, Header(response, "Access-Control-Expose-Headers")?.Contains("x-request-id, retry-after", StringComparison.Ordinal) is true);
        Assert.Null(Header(response, "Access-Control-Allow-Credentials"));
        Assert.Contains("Origin", response.Headers.Vary);
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private async Task StartGatewayAsync(Dictionary<string, string?> configuration) => _service = await ServiceUnderTest.StartAsync(
        "gateway", configuration, builder =>
        {
            builder.Services.AddSingleton<IUpstreamChat>(_upstream).AddSingleton<IUpstreamModels>(_upstream);
            builder.AddGateway();
        }, app => app.MapGateway(), rpc: false, Token);

    private async Task<string> UseKeyAsync(CreateKeyRequest request)
    {
        var key = (await _service!.Services.GetRequiredService<IVirtualKeys>().CreateAsync(request, Token)).Key;
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return key;
    }

    /// <summary>Sends to the path as it is written, dots and doubled slashes too.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? origin = null, string? id = null)
    {
        var address = new Uri(_service!.Http.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : GatewayHost.Json(body) };
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        if (id is not null)
            request.Headers.Add("x-request-id", id);
        if (method == HttpMethod.Options)
        {
            request.Headers.Add("Access-Control-Request-Method", "POST");
            request.Headers.Add("Access-Control-Request-Headers", "x-stainless-os");
        }

        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
