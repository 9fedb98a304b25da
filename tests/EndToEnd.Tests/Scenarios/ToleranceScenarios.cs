using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What clients really send and do, whatever home they talk to.</summary>
public abstract class ToleranceScenarios(Home home) : HomeScenarios(home)
{
    private const string Hi = """{"role":"user","content":"Hi"}""";
    private const string Tools = """ "tools":[{"type":"function","function":{"name":"get_weather"}}] """;

    [Theory]
    [InlineData($$$"""{"model":"grok-4.20-fast","stop":"END","messages":[{{{Hi}}}]}""")]
    [InlineData($$$"""{"model":"grok-4.20-fast","stop":null,"temperature":null,"tools":null,"stream":null,"n":null,"messages":[{{{Hi}}}]}""")]
    [InlineData($$$"""{"model":"grok-4.20-fast","unknown":{"a":[1]},"messages":[{"role":"user","content":"Hi","cache_control":{"type":"ephemeral"}}]}""")]
    [InlineData("""{"model":"grok-4.20-fast","messages":[{"role":"user","content":[{"type":"text","text":"Hi","unknown":true}]}]}""")]
    [InlineData($$$"""{"model":"grok-4.20-fast","messages":[{"role":"system","content":""},{{{Hi}}}]}""")]
    [InlineData($$$"""
        {"model":"grok-4.20-fast","messages":[{{{Hi}}},{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c","content":""}]}
        """)]
    [InlineData("""{"model":"grok-4.20-fast","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]}],"tools":[{"type":"function","name":"f"}]}""")]
    public async Task What_clients_really_send_is_answered(string body)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.SendAsync(body, Cancelled);
        Assert.NotEmpty(await answer.ContentAsync());
    }

    [Theory]
    [InlineData("\"deepsearch\":\"deepest\"", "invalid_deepsearch", "deepsearch")]
    [InlineData("\"n\":5", "integer_above_max_value", "n")]
    [InlineData("\"logprobs\":true", "unsupported_parameter", "logprobs")]
    [InlineData("\"temperature\":3", "invalid_temperature", "temperature")]
    [InlineData("\"functions\":[{\"name\":\"get_weather\"}]", "unsupported_parameter", "functions")]
    public async Task What_cannot_be_given_is_refused_by_its_place(string field, string code, string param)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.SendAsync($$"""{"model":"grok-4.20-fast",{{field}},"messages":[{{Hi}}]}""", Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal((code, param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Empty(Home.Grok.Chats);
    }

    [Fact]
    public async Task The_effort_reaches_the_upstream()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.SendAsync($$"""{"model":"grok-4.20-fast","reasoning_effort":"high","messages":[{{Hi}}]}""", Cancelled);
        await answer.ContentAsync();
        Assert.Equal("high", Home.Grok.Chats.Single().Json!.Value.GetProperty("responseMetadata").GetProperty("modelConfigOverride").GetProperty("reasoningEffort").GetString());
    }

    [Theory]
    [InlineData(false, "", 2)]
    [InlineData(true, "", 2)]
    [InlineData(false, """ ,"parallel_tool_calls":false """, 1)]
    [InlineData(true, """ ,"parallel_tool_calls":false """, 1)]
    [InlineData(false, """ ,"tool_choice":"none" """, 0)]
    [InlineData(true, """ ,"tool_choice":"none" """, 0)]
    public async Task Two_calls_have_their_own_ids_and_no_more_come_than_are_allowed(bool stream, string fields, int expected)
    {
        await Home.ImportTokensAsync(1);
        const string call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"%\"}}\n</tool_call>";
        Home.Grok.ForAnyToken.Respond(expected == 0
            ? Answer.Text("No call")
            : Answer.Text(call.Replace("%", "Paris", StringComparison.Ordinal) + "\n" + call.Replace("%", "Rome", StringComparison.Ordinal)).CutEvery(5));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.SendAsync($$"""{"model":"grok-4.20-fast","stream":{{(stream ? "true" : "false")}},{{Tools}}{{fields}},"messages":[{{Hi}}]}""", Cancelled);
        var (calls, reason) = stream ? Streamed(await SseTranscript.ReadAsync(answer, usageAsked: false, Cancelled)) : Whole(await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(expected, calls.Count);
        Assert.Equal(expected, calls.Select(c => c.Id).Distinct().Count());
        Assert.All(calls, c => Assert.Equal("get_weather", c.Name));
        Assert.Equal(expected > 0 ? "tool_calls" : "stop", reason);
        Assert.Equal(expected > 0, Home.Grok.Chats.Single().Message.Contains("get_weather", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_hundred_clients_that_leave_free_every_slot()
    {
        await Home.ImportTokensAsync(30);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Stall());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var streams = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.StreamAsync("Tell me", Cancelled)));
        Assert.All(streams, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        Assert.Equal((200, 200), (Home.Grok.InFlight, await Home.InflightAsync()));
        foreach (var stream in streams)
            stream.Dispose();
        await Home.Grok.UntilAsync(grok => grok.InFlight == 0, Cancelled);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "every slot is free");
        Assert.True(Home.Grok.Chats.All(chat => chat.Disconnected), "Every upstream call was given up.");
    }

    [Theory]
    [InlineData("alive")]
    [InlineData("healthz")]
    [InlineData("health")]
    [InlineData("ready")]
    public async Task A_probe_needs_no_key(string path)
    {
        await Home.ImportTokensAsync(1);
        using var client = WatchedClient.Of(Home.Gateways[0]);
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            ("nosniff", "DENY"), (answer.Headers.GetValues("X-Content-Type-Options").Single(), answer.Headers.GetValues("X-Frame-Options").Single()));
    }

    internal static (List<(string Id, string Name, string Arguments)> Calls, string? Reason) Streamed(SseTranscript stream) => (stream.ToolCalls, stream.FinishReason);

    internal static (List<(string Id, string Name, string Arguments)> Calls, string? Reason) Whole(string text)
    {
        var choice = JsonDocument.Parse(text).RootElement.GetProperty("choices")[0];
        List<(string, string, string)> calls = [];
        if (choice.GetProperty("message").TryGetProperty("tool_calls", out var told))
        {
            foreach (var call in told.EnumerateArray())
                calls.Add((call.GetProperty("id").GetString()!, call.GetProperty("function").GetProperty("name").GetString()!, call.GetProperty("function").GetProperty("arguments").GetString()!));
        }

        return (calls, choice.GetProperty("finish_reason").GetString());
    }
}

/// <summary>Tolerance in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class ToleranceInAllInOne(AllInOneHome home) : ToleranceScenarios(home);

/// <summary>Tolerance over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class ToleranceOverServices(DistributedHome home) : ToleranceScenarios(home);
