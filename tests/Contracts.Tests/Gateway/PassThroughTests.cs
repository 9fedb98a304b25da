using System.Text;
using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Settings;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Requests that go to the official API as they are, and answers that come back as they are.</summary>
public sealed class PassThroughTests
{
    private const string Ask = """{"model":"xai/grok-4","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";
    private const string Whole = """{"model":"xai/grok-4","messages":[{"role":"user","content":"Hi"}]}""";
    private const string Piece = """{"id":"1","model":"xai/grok-4","choices":[{"index":0,"delta":{"content":"Hel\u006Co"}}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chunks_reach_the_client_byte_for_byte_behind_the_padding()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(ServedByApi(), Chunk(Piece), Chunk(Piece), Cost(32, 103, 94, 6), Finished(""));
        using var response = await host.ChatAsync(Ask, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"data: {Piece}\n\ndata: {Piece}\n\ndata: [DONE]\n\n", WithoutComments(text));

        var usage = await host.NextUsageAsync(Token);
        Assert.Equal(("xai/grok-4", "xai", 7L, "xai", 200, UsageOutcome.Completed), (usage.Model, usage.Route, usage.TokenId, usage.Pool, usage.Status, usage.Outcome));
        Assert.Equal((32, 103, 94, 6, false), (usage.PromptTokens, usage.CompletionTokens, usage.ReasoningTokens, usage.CachedTokens, usage.Estimated));
    }

    [Fact]
    public async Task A_whole_answer_is_passed_on_as_it_is()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        const string answer = """{ "id" : "1", "model":"xai/grok-4", "choices":[], "citations":["https://example.com"] }""";
        host.Upstream.Says(ServedByApi(), Chunk(answer), Cost(1, 2, 0, 0), Finished(""));
        using var response = await host.ChatAsync(Whole, Token);
        Assert.Equal(("application/json", (long?)answer.Length), (response.Content.Headers.ContentType?.MediaType, response.Content.Headers.ContentLength));
        Assert.Equal(answer, await response.Content.ReadAsStringAsync(Token));
        Assert.Equal((1, 2, false), (await host.NextUsageAsync(Token)) is var usage ? (usage.PromptTokens, usage.CompletionTokens, usage.Estimated) : default);
    }

    [Theory]
    [InlineData("""{"model":"xai/grok-4","messages":[{"role":"critic","content":7}],"n":9,"temperature":99,"logprobs":true,"modalities":["audio"],"tools":[{"type":"live_search"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://127.0.0.1:1/never-fetched.png"}}]}],"model":"xai/anything at all","stop":["a"],"max_tokens":1}""")]
    public async Task What_the_gateway_does_not_know_is_for_the_api_to_judge(string body)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(ServedByApi(), Chunk("{}"), Finished(""));
        using var response = await host.ChatAsync(body, Token);
        Assert.Equal(200, (int)response.StatusCode);
        var call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        Assert.Equal(body, call.OpenaiBody.ToStringUtf8());
        Assert.Equal((0, 0, true), (call.Messages.Count, call.Stop.Count, call.Whole));
        var route = Assert.Single(call.Routes);
        Assert.Equal(("xai", "xai", "", call.Model["xai/".Length..]), (route.Provider, route.Pools.Single(), route.Scope, route.UpstreamModel));
    }

    [Theory]
    [InlineData("user", "xai/grok-4", 1)]
    [InlineData("prompt_cache_key", "xai/grok-4", 1)]
    [InlineData("x\\udc00", "xai/grok-4", 1)]
    [InlineData("user", "api-both", 2)]
    [InlineData("prompt_cache_key", "api-both", 2)]
    public async Task Half_a_surrogate_pair_is_mended_on_the_way_to_the_api(string field, string model, int routes)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(ServedByApi(), Chunk("{}"), Finished(""));
        var body = $$"""{"model":"{{model}}","{{field}}":"anna \ud800","messages":[{"role":"user","content":"cut \ud83d, whole \ud83d\ude00"}]}""";
        using var response = await host.ChatAsync(body, Token);
        Assert.Equal(200, (int)response.StatusCode);
        var call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        var mended = body.Replace("\\ud800", "\\ufffd", StringComparison.Ordinal).Replace("\\udc00", "\\ufffd", StringComparison.Ordinal).Replace("\\ud83d,", "\\ufffd,", StringComparison.Ordinal);
        Assert.Equal((routes, mended), (call.Routes.Count, call.OpenaiBody.ToStringUtf8()));
        Assert.Matches("^[0-9a-f]{32}$", call.Affinity);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_a_request_for_pictures_is_mended()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(ServedByApi(), Chunk("{}"), Finished(""));
        using var response = await host.SendAsync(
            HttpMethod.Post, "/v1/images/generations", GatewayHost.Json("""{"model":"xai/grok-2-image","user":"\ud800","prompt":"A cat"}"""), Token);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("""{"model":"xai/grok-2-image","user":"\ufffd","prompt":"A cat"}""", (await host.Upstream.Calls.Reader.ReadAsync(Token)).OpenaiBody.ToStringUtf8());
    }

    [Theory]
    [InlineData("""{"model":"xai/grok-4"}""", 400, "invalid_messages", "messages")]
    [InlineData("""{"model":"xai/grok-4","messages":"Hi"}""", 400, "invalid_messages", "messages")]
    [InlineData("""{"model":"xai/grok-4","messages":[}""", 400, "invalid_json", null)]
    [InlineData("""{"model":"xai/grok-4","messages":[]} x""", 400, "invalid_json", null)]
    [InlineData("""{"model":"xai/","messages":[{"role":"user","content":"Hi"}]}""", 404, "model_not_found", "model")]
    [InlineData("""{"model":7,"messages":[{"role":"user","content":"Hi"}]}""", 400, "invalid_json", "model")]
    [InlineData("""{"model":"xai/grok-4","stream":"yes","messages":[{"role":"user","content":"Hi"}]}""", 400, "invalid_json", "stream")]
    public async Task What_is_no_chat_request_is_refused_here(string body, int status, string code, string? param)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.ChatAsync(body, Token);
        await Envelope.AssertAsync(response, status, "invalid_request_error", code, param, Token);
        Assert.False(host.Upstream.Calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_key_with_a_list_of_models_needs_the_model_on_it()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Key = new(1, "test", ["xai/grok-3"]);
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 403, "permission_error", "model_not_allowed", "model", Token);
    }

    [Fact]
    public async Task A_failure_after_the_first_chunk_is_told_in_the_stream()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(ServedByApi(), Chunk(Piece), Failed(Chat.Failed.Types.Kind.BrokenOff, 502, "upstream_error", "It broke."));
        using var response = await host.ChatAsync(Ask, Token);
        var events = WithoutComments(await response.Content.ReadAsStringAsync(Token)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([$"data: {Piece}", """data: {"error":{"message":"It broke.","type":"server_error","param":null,"code":"upstream_error"}}""", "data: [DONE]"], events);
        Assert.Equal(UsageOutcome.BrokenOff, (await host.NextUsageAsync(Token)).Outcome);
    }

    [Fact]
    public async Task A_failure_before_it_is_a_status()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Failed(Chat.Failed.Types.Kind.RateLimited, 429, "rate_limit_exceeded", "Too many.", retryAfter: 30));
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 429, "rate_limit_error", "rate_limit_exceeded", null, Token);
        Assert.Equal("30", response.Headers.GetValues("Retry-After").Single());
    }

    [Fact]
    public async Task A_chunk_does_not_wait_for_the_next_one()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(ServedByApi(), Token);
        await live.Writer.WriteAsync(Chunk(Piece), Token);
        using var response = await host.ChatAsync(Ask, Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        string? line;
        do
        {
            line = await reader.ReadLineAsync(Token);
        }
        while (line is not null && !line.StartsWith("data: ", StringComparison.Ordinal));
        Assert.Equal($"data: {Piece}", line);
        await live.Writer.WriteAsync(Finished(""), Token);
        live.Writer.Complete();
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_that_thinks_long_is_bridged_by_comments()
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { StreamCommitAfterSeconds = 0.1 }, null, Token);
        var live = host.Upstream.SaysLive();
        using var response = await host.ChatAsync(Ask, Token);
        Assert.Equal(200, (int)response.StatusCode);
        await live.Writer.WriteAsync(ServedByApi(), Token);
        await live.Writer.WriteAsync(Chunk(Piece), Token);
        await live.Writer.WriteAsync(Finished(""), Token);
        live.Writer.Complete();
        Assert.Equal($"data: {Piece}\n\ndata: [DONE]\n\n", WithoutComments(await response.Content.ReadAsStringAsync(Token)));
    }

    [Theory]
    [InlineData("""{"model":"api-both","stream":true,"messages":[{"role":"user","content":"Hi"}]}""", 2)]
    [InlineData("""{"model":"api-both","stream":true,"n":2,"messages":[{"role":"user","content":"Hi"}]}""", 1)]
    [InlineData("""{"model":"api-both","stream":true,"logprobs":true,"messages":[{"role":"user","content":"Hi"}]}""", 1)]
    [InlineData("""{"model":"api-both","stream":true,"functions":[{"name":"f"}],"messages":[{"role":"user","content":"Hi"}]}""", 1)]
    [InlineData("""{"model":"api-both","stream":true,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}}]}""", 1)]
    public async Task A_model_with_both_routes_keeps_those_that_can_give_what_is_asked(string body, int routes)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(ServedByApi(), Chunk(Piece.Replace("xai/grok-4", "api-both", StringComparison.Ordinal)), Finished(""));
        using var response = await host.ChatAsync(body, Token);
        Assert.Equal($"data: {Piece.Replace("xai/grok-4", "api-both", StringComparison.Ordinal)}\n\ndata: [DONE]\n\n", WithoutComments(await response.Content.ReadAsStringAsync(Token)));
        var call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        Assert.Equal((routes, body), (call.Routes.Count, call.OpenaiBody.ToStringUtf8()));
        var api = call.Routes.Single(r => r.Provider == "xai");
        Assert.Equal(("", "grok-4-api", "xai"), (api.Scope, api.UpstreamModel, api.Pools.Single()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_with_both_routes_that_the_web_serves_is_made_here(bool stream)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("Hello"), Finished());
        var body = $$"""{"model":"api-both","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hi"}]}""";
        using var response = await host.ChatAsync(body, Token);
        if (stream)
            Assert.Equal("Hello", (await TestKit.SseTranscript.ReadAsync(response, usageAsked: false, Token)).Content);
        else
            Assert.Equal("Hello", JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal(("grok_web", true), (usage.Route, usage.Estimated));
    }

    [Fact]
    public async Task A_field_that_only_the_api_supports_is_refused_without_its_route()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.ChatAsync("""{"model":"grok-4.20","logprobs":true,"messages":[{"role":"user","content":"Hi"}]}""", Token);
        await Envelope.AssertAsync(response, 400, "invalid_request_error", "unsupported_parameter", "logprobs", Token);
    }

    [Fact]
    public async Task Pictures_are_asked_for_by_the_body_and_answered_whole()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        const string answer = """{"created":1,"data":[{"b64_json":"AA=="}]}""";
        host.Upstream.Says(ServedByApi(), Chunk(answer), Finished(""));
        const string body = """{"model":"xai/grok-2-image","prompt":"A cat","response_format":"url"}""";
        using var response = await host.SendAsync(HttpMethod.Post, "/v1/images/generations", GatewayHost.Json(body), Token);
        Assert.Equal(answer, await response.Content.ReadAsStringAsync(Token));
        var call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        Assert.Equal((ChatCall.Types.Door.Images, body, true), (call.Door, call.OpenaiBody.ToStringUtf8(), call.Whole));
        Assert.Equal("/v1/images/generations", (await host.NextUsageAsync(Token)).Endpoint);
    }

    [Theory]
    [InlineData("""{"model":"grok-4.20","prompt":"A cat"}""", 400, "invalid_value", "model")]
    [InlineData("""{"model":"grok-imagine-video","prompt":"A cat"}""", 501, "not_implemented", "model")]
    [InlineData("""{"model":"nobody","prompt":"A cat"}""", 404, "model_not_found", "model")]
    [InlineData("""{"model":"xai/grok-2-image"}""", 400, "missing_prompt", "prompt")]
    [InlineData("""{"model":"xai/grok-2-image","prompt":"A cat","stream":true}""", 400, "unsupported_parameter", "stream")]
    [InlineData("{", 400, "invalid_json", null)]
    public async Task What_is_no_request_for_pictures_is_refused(string body, int status, string code, string? param)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.SendAsync(HttpMethod.Post, "/v1/images/generations", GatewayHost.Json(body), Token);
        await Envelope.AssertAsync(response, status, status >= 500 ? "server_error" : "invalid_request_error", code, param, Token);
    }

    [Fact]
    public async Task What_the_api_offers_is_listed_for_keys_that_may_use_it()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Offers.AddRange(["grok-4", "grok-2-image"]);
        Assert.Equal(["xai/grok-2-image:image", "xai/grok-4:chat"], await ListedAsync(host));
        host.Key = new(1, "test", ["xai/grok-4"]);
        Assert.Equal(["xai/grok-4:chat"], await ListedAsync(host));
        using var one = await host.Client.GetAsync(new Uri("/v1/models/xai/grok-4", UriKind.Relative), Token);
        using var other = await host.Client.GetAsync(new Uri("/v1/models/xai/grok-9", UriKind.Relative), Token);
        Assert.Equal((200, 404), ((int)one.StatusCode, (int)other.StatusCode));
    }

    private static async Task<List<string>> ListedAsync(GatewayHost host)
    {
        var list = JsonDocument.Parse(await host.Client.GetStringAsync(new Uri("/v1/models", UriKind.Relative), Token)).RootElement;
        return [.. list.GetProperty("data").EnumerateArray().Select(m => $"{m.GetProperty("id").GetString()}:{m.GetProperty("type").GetString()}").Where(m => m.StartsWith("xai/", StringComparison.Ordinal))];
    }

    private static string WithoutComments(string text)
    {
        var events = new StringBuilder();
        foreach (var part in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (string.Join('\n', part.Split('\n').Where(line => !line.StartsWith(':'))) is { Length: > 0 } kept)
                events.Append(kept).Append("\n\n");
        }

        return events.ToString();
    }

    private static ChatEvent Chunk(string json) => new() { OpenaiChunk = ByteString.CopyFromUtf8(json) };

    private static ChatEvent ServedByApi() => new() { Served = new Served { Route = "xai", TokenId = 7, Pool = "xai", Attempts = 1 } };

    private static ChatEvent Cost(int prompt, int completion, int reasoning, int cached) =>
        new() { Usage = new Chat.Usage { PromptTokens = prompt, CompletionTokens = completion, ReasoningTokens = reasoning, CachedTokens = cached } };
}
