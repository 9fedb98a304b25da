using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What every client sees, whatever home it talks to.</summary>
public abstract class ChatScenarios(Home home) : IAsyncLifetime
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected Home Home => home;

    public virtual async ValueTask InitializeAsync()
    {
        home.SkipUnlessAvailable();
        await home.EnsureRunningAsync();
        home.Grok.Reset();
        await home.RemoveTokensAsync();
    }

    public ValueTask DisposeAsync()
    {
        Assert.Empty(home.Grok.Violations);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_plain_chat_is_answered_whole()
    {
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello there");
        Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());
        Assert.True(answer.Headers.Contains("x-request-id"));
    }

    [Fact]
    public async Task A_streamed_chat_carries_the_same_words()
    {
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var answer = await client.StreamAsync("Hello there", Cancelled);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Hello from the simulator. You said: Hello there", Chats.Joined(text));
    }

    [Fact]
    public async Task An_expired_token_and_a_used_up_one_cost_the_client_nothing()
    {
        await home.ImportTokensAsync(3);
        home.Grok.ForAnyToken.Next(Answer.Unauthorized()).Next(Answer.RateLimited(TimeSpan.FromSeconds(60)));
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello there");
        Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());
        await Until.TrueAsync(async () => await StatusesAsync() is ["active", "active", "expired"], "the refused token is expired");
    }

    [Fact]
    public async Task Without_a_token_the_client_is_told_the_floor()
    {
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", model: "grok-4.20-heavy");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal("no_token_available", error.GetProperty("code").GetString());
        Assert.Contains("heavy", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_served()
    {
        using var client = home.Client("gf-000000000000000000000000000000000000000000000000");
        using var answer = await client.ChatAsync("Hello");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("invalid_api_key", (await answer.ErrorAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_unknown_model_is_not_found()
    {
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", model: "gpt-12");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("model_not_found", (await answer.ErrorAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_client_that_goes_away_frees_its_token()
    {
        await home.ImportTokensAsync(1);
        home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon").Stall());
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled))
        {
            using var answer = await client.StreamAsync("Tell me", leaving.Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await home.Grok.UntilAsync(grok => grok.InFlight == 0, Cancelled);
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "the lease is freed");
    }

    [Fact]
    public async Task A_broken_stream_ends_with_an_error_and_no_finish()
    {
        await home.ImportTokensAsync(2);
        home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon a").Drop());
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var answer = await client.StreamAsync("Tell me", Cancelled);
        var events = Chats.Events(await answer.Content.ReadAsStringAsync(Cancelled)).ToList();
        Assert.Equal("[DONE]", events[^1]);
        Assert.Contains("\"error\"", events[^2], StringComparison.Ordinal);
        Assert.DoesNotContain(events, e => e.Contains("\"finish_reason\":\"", StringComparison.Ordinal));
        Assert.Single(home.Grok.Chats);
    }

    [Fact]
    public async Task A_tool_call_and_its_result_make_the_round_trip()
    {
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        home.Grok.ForAnyToken.Next(Answer.Call("get_weather", "{\"city\": \"Paris\"}")).Next(Answer.Call("get_weather", "{\"city\": \"Rome\"}").CutEvery(3));
        using var whole = await client.SendAsync(ToolBody("", stream: false), Cancelled);
        var message = JsonDocument.Parse(await whole.Content.ReadAsStringAsync(Cancelled)).RootElement.GetProperty("choices")[0];
        Assert.Equal(("tool_calls", JsonValueKind.Null), (message.GetProperty("finish_reason").GetString(), message.GetProperty("message").GetProperty("content").ValueKind));
        var call = message.GetProperty("message").GetProperty("tool_calls")[0];
        Assert.Equal("{\"city\": \"Paris\"}", call.GetProperty("function").GetProperty("arguments").GetString());

        using var streamed = await client.SendAsync(ToolBody("", stream: true), Cancelled);
        var stream = await SseTranscript.ReadAsync(streamed, usageAsked: false, Cancelled);
        Assert.Equal(("get_weather", "{\"city\": \"Rome\"}"), (Assert.Single(stream.ToolCalls).Name, stream.ToolCalls[0].Arguments));
        Assert.Equal(("tool_calls", ""), (stream.FinishReason, stream.Content));

        // What the client sends back is the answer's own message and a result.
        var turns = $",{message.GetProperty("message").GetRawText()},{{\"role\":\"tool\",\"tool_call_id\":\"{call.GetProperty("id").GetString()}\",\"content\":[{{\"type\":\"text\",\"text\":\"21 degrees\"}}]}}";
        using var answer = await client.SendAsync(ToolBody(turns, stream: false), Cancelled);
        Assert.EndsWith("21 degrees", await answer.ContentAsync(), StringComparison.Ordinal);
        Assert.Contains($"assistant: <tool_call>{{\"name\":\"get_weather\",\"arguments\":{{\"city\":\"Paris\"}}}}</tool_call>\n\ntool (get_weather, {call.GetProperty("id").GetString()}): 21 degrees", home.Grok.Chats[^1].Message, StringComparison.Ordinal);
    }

    private static string ToolBody(string turns, bool stream) =>
        $$$$"""
        {"model":"grok-4.20-fast","stream":{{{{(stream ? "true" : "false")}}}},"messages":[{"role":"user","content":"The weather in Paris?"}{{{{turns}}}}],
        "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]}
        """;

    [Fact]
    public async Task Behind_nginx_with_default_buffering_words_arrive_as_they_are_said()
    {
        NginxProxy.SkipUnlessAvailable();
        await home.ImportTokensAsync(1);
        home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        await using var nginx = await NginxProxy.StartAsync(home.Gateways[0], Cancelled);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var behind = new HttpClient { BaseAddress = nginx.Address };
        behind.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;
        using var answer = await behind.StreamAsync("Tell me", Cancelled);
        await using var body = await answer.Content.ReadAsStreamAsync(Cancelled);
        using var reader = new StreamReader(body);

        // The upstream holds the rest back: what comes through now was not buffered.
        var seen = "";
        while (!seen.Contains("upon", StringComparison.Ordinal))
            seen += await reader.ReadLineAsync(Cancelled) + "\n";
        home.Grok.Gate("end").Open();
        Assert.Equal("Once upon a time", Chats.Joined(seen + await reader.ReadToEndAsync(Cancelled)));
    }

    [Fact]
    public async Task A_usage_row_tells_of_each_request()
    {
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Count me");
        await answer.ContentAsync();
        var id = answer.Headers.GetValues("x-request-id").Single();
        await Until.TrueAsync(async () => (await UsageAsync()).Contains(id, StringComparison.Ordinal), "the usage row is written");
    }

    private async Task<string[]> StatusesAsync() =>
        [.. (await home.AdminAsync(HttpMethod.Get, "admin/tokens")).GetProperty("data").EnumerateArray().Select(t => t.GetProperty("status").GetString()!).Order()];

    private async Task<string> UsageAsync() => (await home.AdminAsync(HttpMethod.Get, "admin/usage/logs")).GetRawText();
}
