using System.Net;
using System.Net.Http.Headers;
using System.Text;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using Microsoft.Extensions.Time.Testing;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

public sealed class RimTests
{
    private const string Ask = """{"model":"grok-4.20","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/v1", 404, "unknown_url")]
    [InlineData("GET", "/v1/nothing", 404, "unknown_url")]
    [InlineData("POST", "/v1/responses/x", 404, "unknown_url")]
    [InlineData("GET", "/v1/chat/completions", 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/chat/completions", 405, "method_not_allowed")]
    [InlineData("POST", "/v1/models", 405, "method_not_allowed")]
    public async Task Unknown_paths_and_methods_answer_the_envelope(string method, string path, int status, string code)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.SendAsync(new HttpMethod(method), path, null, Token);
        await Envelope.AssertAsync(response, status, "invalid_request_error", code, null, Token);
    }

    [Theory]
    [InlineData("not json", 400, "invalid_json", null)]
    [InlineData("""{"model":"grok-4.20","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://127.0.0.1/a.png"}}]}]}""", 400, "failed_to_download_image", "messages[0].content[0].image_url")]
    [InlineData("""{"model":"grok-9","messages":[{"role":"user","content":"Hi"}],"stream":true}""", 404, "model_not_found", "model")]
    public async Task A_clients_mistake_is_told_in_the_envelope_and_recorded(string body, int status, string code, string? param)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.ChatAsync(body, Token);
        await Envelope.AssertAsync(response, status, "invalid_request_error", code, param, Token);
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((status, UsageOutcome.Refused, 0, 0), (usage.Status, usage.Outcome, usage.PromptTokens, usage.Attempts));
    }

    [Fact]
    public async Task Ten_thousand_levels_of_nesting_answer_the_envelope()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.ChatAsync(new string('[', 10_000), Token);
        await Envelope.AssertAsync(response, 400, "invalid_request_error", "invalid_json", null, Token);
    }

    [Fact]
    public async Task Invalid_utf8_answers_the_envelope()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var content = new ByteArrayContent([.. "{\"model\":\""u8, 0xFF, 0xFE, .. "\"}"u8]);
        using var response = await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", content, Token);
        await Envelope.AssertAsync(response, 400, "invalid_request_error", "invalid_json", null, Token);
    }

    [Fact]
    public async Task A_hidden_model_is_callable()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("x"), Finished());
        using var response = await host.ChatAsync(Ask.Replace("grok-4.20", "grok-hidden", StringComparison.Ordinal), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_media_model_is_not_implemented_and_not_to_be_retried()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.ChatAsync(Ask.Replace("grok-4.20", "grok-imagine-video", StringComparison.Ordinal), Token);
        await Envelope.AssertAsync(response, 501, "server_error", "not_implemented", "model", Token);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
    }

    [Fact]
    public async Task A_model_outside_the_keys_whitelist_is_forbidden()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Key = new(1, "test", ["grok-hidden"]);
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 403, "permission_error", "model_not_allowed", "model", Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_too_large_with_and_without_a_length(bool chunked)
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { ChatBodyLimit = 4096 }, null, Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(new string(' ', 100_000)) };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await host.Client.SendAsync(request, Token);
        await Envelope.AssertAsync(response, 413, "invalid_request_error", "request_too_large", null, Token);
    }

    [Fact]
    public async Task A_body_at_the_limit_is_read()
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { ChatBodyLimit = 4096 }, null, Token);
        host.Upstream.Says(Text("x"), Finished());
        using var response = await host.ChatAsync(Ask.PadRight(4096), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("text/html")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Media_types_that_are_no_json_are_refused(string type)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Ask));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var response = await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", content, Token);
        await Envelope.AssertAsync(response, 415, "invalid_request_error", "unsupported_media_type", null, Token);
    }

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json;charset=UTF8")]
    [InlineData("Application/JSON ; charset=us-ascii")]
    [InlineData("application/json;")]
    [InlineData("application/vnd.api+json")]
    [InlineData("text/json")]
    [InlineData("text/plain")]
    [InlineData("text/plain; charset=ISO-8859-1")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Json_in_utf8_is_taken_under_its_usual_names(string? type)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("x"), Finished());
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Ask));
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", content, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task Broken_http_is_the_clients_mistake(string request)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        Assert.StartsWith("HTTP/1.1 4", await RawAsync(host, request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Oversized_headers_are_the_clients_mistake()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        Assert.StartsWith("HTTP/1.1 431", await RawAsync(host, $"GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Big: {new string('x', 2_000_000)}\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_requests_at_once_are_refused_until_there_is_room()
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { MaxConcurrentRequests = 1 }, null, Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("x"), Token);
        using (var first = await host.ChatAsync(Ask, Token))
        {
            using var second = await host.ChatAsync(Ask, Token);
            await Envelope.AssertAsync(second, 503, "server_error", "service_unavailable", null, Token);
            await live.Writer.WriteAsync(Finished(), Token);
            live.Writer.Complete();
            await SseTranscript.ReadAsync(first, usageAsked: false, Token);
        }

        await host.NextUsageAsync(Token);
        host.Upstream.Says(Text("x"), Finished());
        await Eventually.HoldsAsync(async () =>
        {
            using var third = await host.ChatAsync(Ask, Token);
            return third.StatusCode == HttpStatusCode.OK;
        }, Token);
    }

    [Fact]
    public async Task Bodies_in_flight_are_limited_and_given_back()
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { MaxBodyBytesInFlight = 1048576 }, null, Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("x"), Token);
        using (var first = await host.ChatAsync(Ask.PadRight(800_000), Token))
        {
            Assert.Equal(800_000, host.Budget.Held);
            using var second = await host.ChatAsync(Ask.PadRight(800_000), Token);
            await Envelope.AssertAsync(second, 503, "server_error", "service_unavailable", null, Token);
            await live.Writer.WriteAsync(Finished(), Token);
            live.Writer.Complete();
            await SseTranscript.ReadAsync(first, usageAsked: false, Token);
        }

        await Eventually.HoldsAsync(() => Task.FromResult(host.Budget.Held == 0), Token);
    }

    [Fact]
    public async Task A_draining_gateway_refuses_new_requests_and_finishes_open_streams()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("one"), Token);
        using var open = await host.ChatAsync(Ask, Token);
        host.Stop.BeginDrain();

        using var refused = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(refused, 503, "server_error", "service_unavailable", null, Token);
        Assert.True(refused.Headers.ConnectionClose);
        await live.Writer.WriteAsync(Finished(), Token);
        live.Writer.Complete();
        Assert.Equal("stop", (await SseTranscript.ReadAsync(open, usageAsked: false, Token)).FinishReason);
    }

    [Fact]
    public async Task Streams_that_outlive_the_drain_time_end_with_an_error()
    {
        var time = new FakeTimeProvider();
        await using var host = await GatewayHost.StartAsync(new AppOptions { DrainSeconds = 20 }, time, Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("one"), Token);
        using var open = await host.ChatAsync(Ask, Token);
        host.Stop.BeginDrain();
        time.Advance(TimeSpan.FromSeconds(21));
        var stream = await SseTranscript.ReadAsync(open, usageAsked: false, Token);
        Assert.Equal("service_unavailable", stream.Error!.Value.GetProperty("code").GetString());
        await host.Upstream.Cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task A_silent_stream_is_pinged_over_the_wire()
    {
        var time = new FakeTimeProvider();
        await using var host = await GatewayHost.StartAsync(null, time, Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("one"), Token);
        using var response = await host.ChatAsync(Ask, Token);
        using var body = new LiveBody(await response.Content.ReadAsStreamAsync(Token));
        await body.ReadUntilAsync("one", Token);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(1, (await body.ReadUntilAsync(": ping", Token)).Pings);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers_and_an_id()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        foreach (var path in new[] { "/", "/robots.txt", "/v1/models", "/nothing" })
        {
            using var response = await host.SendAsync(HttpMethod.Get, path, null, Token);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("strict-origin-when-cross-origin", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.NotEmpty(response.Headers.GetValues("x-request-id").Single());
        }
    }

    [Fact]
    public async Task The_start_page_and_robots_are_there()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        Assert.Contains("/admin/tokens/batch", await host.Client.GetStringAsync("/", Token), StringComparison.Ordinal);
        Assert.Equal("User-agent: *\nDisallow: /\n", await host.Client.GetStringAsync("/robots.txt", Token));
    }

    private static async Task<string> RawAsync(GatewayHost host, string request)
    {
        using var client = await RawClient.SendAsync(host.Address, request, Token);
        return await client.ReadOnceAsync(Token);
    }
}

/// <summary>Waits for what must come true soon.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        while (!await condition())
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }
}
