using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.TestKit;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>How the gateway tells tool calls to its client.</summary>
public sealed class ChatToolTests
{
    private const string Tools = """[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}]""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_are_streamed_as_deltas_that_begin_with_the_name()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("Let me \"see\"."), Call(0, "call_1", "get_weather"), Arguments(0, "{\"city\""), Arguments(0, ":\"Paris\"}"),
            Call(1, "call_2", "get_weather"), Arguments(1, "{}"), Finished("tool_calls"));
        using var response = await host.ChatAsync(Ask(stream: true), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal(("Let me \"see\".", "tool_calls"), (stream.Content, stream.FinishReason));
        Assert.Equal([("call_1", "get_weather", "{\"city\":\"Paris\"}"), ("call_2", "get_weather", "{}")], stream.ToolCalls);
        Assert.Equal(
            """{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]}""",
            stream.Chunks[2].GetProperty("choices")[0].GetProperty("delta").GetRawText());
        Assert.Equal(
            """{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\""}}]}""",
            stream.Chunks[3].GetProperty("choices")[0].GetProperty("delta").GetRawText());
    }

    [Fact]
    public async Task Calls_are_told_whole_beside_content_that_is_null()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Call(0, "call_0", "get_weather"), new ChatEvent { Restarted = new Restarted() },
            Call(0, "call_1", "get_weather"), Arguments(0, "{\"city\":\"Paris\"}"), Call(1, "call_2", "get_weather"), Finished("tool_calls"));
        using var response = await host.ChatAsync(Ask(stream: false), Token);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement;
        Assert.Equal(
            """
            [{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}},{"id":"call_2","type":"function","function":{"name":"get_weather","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]
            """,
            answer.GetProperty("choices").GetRawText());
        Assert.True(answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 5);
    }

    [Fact]
    public async Task A_call_of_free_text_is_streamed_as_a_custom_one()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Custom(new() { Id = "call_1", Name = "note" }), Custom(new() { Arguments = ByteString.CopyFromUtf8("a \"b\"\n") }), Custom(new() { Arguments = ByteString.CopyFromUtf8("c") }),
            Finished("tool_calls"));
        using var response = await host.ChatAsync(Ask(stream: true), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal([("call_1", "note", "a \"b\"\nc")], stream.ToolCalls);
        Assert.Equal(
            ["""{"tool_calls":[{"index":0,"id":"call_1","type":"custom","custom":{"name":"note","input":""}}]}""", """{"tool_calls":[{"index":0,"custom":{"input":"a \"b\"\n"}}]}"""],
            stream.Chunks.Skip(1).Take(2).Select(c => c.GetProperty("choices")[0].GetProperty("delta").GetRawText()));
    }

    [Fact]
    public async Task A_call_of_free_text_is_told_whole_as_a_custom_one()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Custom(new() { Id = "call_1", Name = "note", Arguments = ByteString.CopyFromUtf8("a\n") }), Custom(new() { Index = 1, Id = "call_2", Name = "note" }), Finished("tool_calls"));
        using var response = await host.ChatAsync(Ask(stream: false), Token);
        Assert.Equal(
            """[{"id":"call_1","type":"custom","custom":{"name":"note","input":"a\n"}},{"id":"call_2","type":"custom","custom":{"name":"note","input":""}}]""",
            JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").GetRawText());
    }

    [Fact]
    public async Task What_is_remarkable_of_a_call_is_in_the_usage_record_and_not_in_the_answer()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Call(0, "call_1", "get_weather"), new ChatEvent { Remark = new Remark { Text = "The arguments of get_weather do not fit its schema: #/days: IntegerExpected" } }, Finished("tool_calls"));
        using var response = await host.ChatAsync(Ask(stream: false), Token);
        Assert.DoesNotContain("IntegerExpected", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal("The arguments of get_weather do not fit its schema: #/days: IntegerExpected", (await host.NextUsageAsync(Token)).Notes);
    }

    [Fact]
    public async Task Tools_and_the_choice_reach_the_upstream_and_are_counted()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("Hi"), Finished());
        using var response = await host.ChatAsync(Ask(stream: false), Token);
        var call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        Assert.Equal("get_weather", JsonDocument.Parse(call.Tools.Memory).RootElement[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Equal("\"required\"", call.ToolChoice.ToStringUtf8());
        Assert.True(JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() > 10);
    }

    [Theory]
    [InlineData("response_format.json_schema.schema.properties.a", "text.format.schema.properties.a")]
    [InlineData("messages", "input")]
    public async Task What_the_upstream_objects_to_is_named_as_the_client_sent_it(string param, string sent)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(new ChatEvent { Failed = new Contracts.Chat.Failed { Kind = Contracts.Chat.Failed.Types.Kind.InvalidRequest, HttpStatus = 400, Code = "invalid_schema", Param = param, Message = "No." } });
        using var response = await host.ChatAsync("""{"model":"grok-4.20","input":"Hi","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}}}""", Token);
        await Envelope.AssertAsync(response, 400, "invalid_request_error", "invalid_schema", sent, Token);
    }

    private static string Ask(bool stream) =>
        $$$"""{"model":"grok-4.20","stream":{{{(stream ? "true" : "false")}}},"messages":[{"role":"user","content":"Hi"}],"tools":{{{Tools}}},"tool_choice":"required"}""";

    private static ChatEvent Call(int index, string id, string name) => new() { Tool = new ToolDelta { Index = index, Id = id, Name = name } };

    private static ChatEvent Custom(ToolDelta delta)
    {
        delta.Custom = true;
        return new() { Tool = delta };
    }

    private static ChatEvent Arguments(int index, string json) => new() { Tool = new ToolDelta { Index = index, Arguments = ByteString.CopyFromUtf8(json) } };
}
