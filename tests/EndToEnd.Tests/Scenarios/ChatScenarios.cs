using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What every client sees, whatever home it talks to.</summary>
public abstract class ChatScenarios(Home home) : HomeScenarios(home)
{
    [Fact]
    public async Task A_plain_chat_is_answered_whole()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello there");
        Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());
        Assert.True(answer.Headers.Contains("x-request-id"));
    }

    [Fact]
    public async Task A_streamed_chat_carries_the_same_words()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.StreamAsync("Hello there", Cancelled);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Hello from the simulator. You said: Hello there", Chats.Joined(text));
    }

    [Fact]
    public async Task An_expired_token_and_a_used_up_one_cost_the_client_nothing()
    {
        await Home.ImportTokensAsync(3);
        Home.Grok.ForAnyToken.Next(Answer.Unauthorized()).Next(Answer.RateLimited(TimeSpan.FromSeconds(60)));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello there");
        Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());
        await Until.TrueAsync(async () => await StatusesAsync() is ["active", "active", "expired"], "the refused token is expired");
    }

    [Fact]
    public async Task Without_a_token_the_client_is_told_the_floor()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", model: "grok-4.20-heavy");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal("no_token_available", error.GetProperty("code").GetString());
        Assert.Contains("heavy", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_served()
    {
        using var client = Home.Client("gf-000000000000000000000000000000000000000000000000");
        using var answer = await client.ChatAsync("Hello");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("invalid_api_key", (await answer.ErrorAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_unknown_model_is_not_found()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", model: "gpt-12");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("model_not_found", (await answer.ErrorAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_client_that_goes_away_frees_its_slot_and_the_upstream()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        // The first row of a process waits for what is loaded with it: the estimate of tokens, the store.
        using (var first = await client.ChatAsync("Wake up"))
            await Until.TrueAsync(async () => (await UsageRowsAsync(IdOf(first))).Count > 0, "the first usage row is written");
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Stall());
        string id;
        using (var answer = await client.StreamAsync("Tell me", Cancelled))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal((1, 1), (Home.Grok.InFlight, await Home.InflightAsync()));
            id = IdOf(answer);
        }

        // The client is gone: all three run from now.
        await Task.WhenAll(
            Until.PromisedAsync(TimeSpan.FromSeconds(1), () => Task.FromResult(Home.Grok.InFlight == 0), "the upstream is cancelled"),
            Until.PromisedAsync(TimeSpan.FromSeconds(1), async () => await Home.InflightAsync() == 0, "the slot is free"),
            Until.PromisedAsync(TimeSpan.FromSeconds(1), async () => (await UsageRowsAsync(id)).Count > 0, "the usage row is written"));
        Assert.True(Home.Grok.Chats[^1].Disconnected);
        var row = Assert.Single(await UsageRowsAsync(id));
        Assert.Equal((499, "client_gone"), (row.GetProperty("status").GetInt32(), row.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task A_broken_stream_ends_with_an_error_and_no_finish()
    {
        await Home.ImportTokensAsync(2);
        Home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon a").Drop());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.StreamAsync("Tell me", Cancelled);
        var stream = await SseTranscript.ReadAsync(answer, usageAsked: false, Cancelled);
        Assert.NotNull(stream.Error);
        Assert.Single(Home.Grok.Chats);
    }

    [Fact]
    public async Task A_tool_call_and_its_result_make_the_round_trip()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        Home.Grok.ForAnyToken.Next(Answer.Call("get_weather", "{\"city\": \"Paris\"}")).Next(Answer.Call("get_weather", "{\"city\": \"Rome\"}").CutEvery(3));
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
        Assert.Contains($"assistant: <tool_call>{{\"name\":\"get_weather\",\"arguments\":{{\"city\":\"Paris\"}}}}</tool_call>\n\ntool (get_weather, {call.GetProperty("id").GetString()}): 21 degrees", Home.Grok.Chats[^1].Message, StringComparison.Ordinal);
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
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        await using var nginx = await NginxProxy.StartAsync(Home.Gateways[0], Cancelled);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var behind = WatchedClient.Of(nginx.Address);
        behind.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;
        using var answer = await behind.StreamAsync("Tell me", Cancelled);
        await using var body = await answer.Content.ReadAsStreamAsync(Cancelled);
        using var reader = new StreamReader(body);

        // The upstream holds the rest back: what comes through now was not buffered.
        var seen = "";
        while (!seen.Contains("upon", StringComparison.Ordinal))
            seen += await reader.ReadLineAsync(Cancelled) + "\n";
        Home.Grok.Gate("end").Open();
        Assert.Equal("Once upon a time", Chats.Joined(seen + await reader.ReadToEndAsync(Cancelled)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_usage_row_tells_all_of_a_request(bool stream)
    {
        await Home.ImportTokensAsync(2);
        var (keyId, key) = await Home.CreateKeyAsync();
        using var client = Home.Client(key);
        Home.Grok.ForAnyToken.Next(Answer.Unauthorized());
        using var answer = stream ? await client.StreamWithUsageAsync("Count me", Cancelled) : await client.ChatAsync("Count me");
        var usage = Chats.UsageOf(await answer.Content.ReadAsStringAsync(Cancelled));
        await Until.TrueAsync(async () => (await UsageRowsAsync(IdOf(answer))).Count > 0, "the row is written");

        var row = Assert.Single(await UsageRowsAsync(IdOf(answer)));
        Assert.Equal(keyId, row.GetProperty("api_key_id").GetInt64());
        Assert.Equal("grok-4.20-fast", row.GetProperty("model").GetString());
        Assert.Equal(200, row.GetProperty("status").GetInt32());
        Assert.Equal("completed", row.GetProperty("outcome").GetString());
        Assert.Equal(usage.GetProperty("prompt_tokens").GetInt32(), row.GetProperty("tokens_input").GetInt32());
        Assert.Equal(usage.GetProperty("completion_tokens").GetInt32(), row.GetProperty("tokens_output").GetInt32());
        Assert.True(usage.GetProperty("completion_tokens").GetInt32() > 0);
        Assert.True(row.GetProperty("estimated").GetBoolean());
        Assert.InRange(row.GetProperty("ttft_ms").GetInt32(), 0, row.GetProperty("duration_ms").GetInt32());
        Assert.Equal(2, row.GetProperty("attempts").GetInt32());

        // The token that answered, not the one that was refused first; of that one the list may yet have to hear.
        await Until.TrueAsync(async () => await StatusesAsync() is ["active", "expired"], "the refused token is expired");
        var served = (await TokensAsync()).Single(t => t.GetProperty("status").GetString() == "active");
        Assert.Equal(served.GetProperty("id").GetInt64(), row.GetProperty("token_id").GetInt64());
    }

    [Fact]
    public async Task A_refused_request_leaves_a_row_too()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await Until.TrueAsync(async () => (await UsageRowsAsync(IdOf(answer))).Count > 0, "the row is written");
        var row = Assert.Single(await UsageRowsAsync(IdOf(answer)));
        Assert.Equal((503, 0L, 0), (row.GetProperty("status").GetInt32(), row.GetProperty("token_id").GetInt64(), row.GetProperty("attempts").GetInt32()));
        Assert.Equal(JsonValueKind.Null, row.GetProperty("ttft_ms").ValueKind);
    }

    private async Task<string[]> StatusesAsync() => [.. (await TokensAsync()).Select(t => t.GetProperty("status").GetString()!).Order()];
}
