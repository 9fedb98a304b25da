using GrokForge.TestKit;

namespace GrokForge.Unit.Tests.Gateway;

/// <summary>The validator that other tests rely on must itself be able to fail.</summary>
public sealed class SseTranscriptTests
{
    private const string Role = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""" + "\n\n";
    private const string Hi = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}]}""" + "\n\n";
    private const string Stop = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}""" + "\n\n";
    private const string Usage = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}""" + "\n\n";
    private const string Error = """data: {"error":{"message":"gone","type":"server_error","param":null,"code":"upstream_error"}}""" + "\n\n";
    private const string Done = "data: [DONE]\n\n";
    private const string Padding = ":   \n:   \n\n";

    [Fact]
    public void A_good_stream_is_read()
    {
        var stream = SseTranscript.Parse(Role + Padding + Hi + ": ping\n\n" + Hi + Stop + Done);
        Assert.Equal(("HiHi", "stop", 1), (stream.Content, stream.FinishReason, stream.Pings));
    }

    [Fact]
    public void A_broken_stream_is_read() => Assert.Equal("upstream_error", SseTranscript.Parse(Role + Hi + Error + Done).Error!.Value.GetProperty("code").GetString());

    [Theory]
    [InlineData(Hi + Stop + Done)]
    [InlineData(Role + Role + Stop + Done)]
    [InlineData(Role + Hi + Done)]
    [InlineData(Role + Stop + Stop + Done)]
    [InlineData(Role + Stop + Hi + Done)]
    [InlineData(Role + Stop)]
    [InlineData(Role + Stop + Done + Done)]
    [InlineData(Role + Stop + Done + ": ping\n\n")]
    [InlineData(Role + Stop + Usage + Done)]
    [InlineData(Role + Stop + Error + Done)]
    [InlineData(Role + Error + Hi + Done)]
    [InlineData(Role + ": x\n   \n\n" + Stop + Done)]
    [InlineData("event: x\n" + Role + Stop + Done)]
    [InlineData(Role + Stop + "data: [DONE]\n")]
    [InlineData(Done)]
    public void A_stream_that_breaks_the_contract_is_noticed(string stream) =>
        Assert.Throws<SseViolationException>(() => SseTranscript.Parse(stream));

    [Theory]
    [InlineData("chatcmpl-1", "chatcmpl-2")]
    [InlineData("\"created\":1", "\"created\":2")]
    [InlineData("\"model\":\"m\"", "\"model\":\"n\"")]
    public void A_chunk_unlike_the_first_is_noticed(string old, string other) =>
        Assert.Throws<SseViolationException>(() => SseTranscript.Parse(Role + Hi.Replace(old, other, StringComparison.Ordinal) + Stop + Done));

    [Fact]
    public void Missing_usage_is_noticed() => Assert.Throws<SseViolationException>(() => SseTranscript.Parse(Role + Stop + Done, usageAsked: true));

    [Fact]
    public void Choices_side_by_side_are_read_apart()
    {
        var stream = SseTranscript.Parse(Role + Of(1, Role) + Of(1, Hi) + Hi + Hi + Of(1, Stop) + Stop + Done);
        Assert.Equal(["HiHi", "Hi"], stream.Choices.Select(c => c.Content));
    }

    [Theory]
    [InlineData("2:role")]
    [InlineData("1:hi 1:stop stop")]
    [InlineData("1:role hi stop")]
    [InlineData("1:role 1:stop 1:hi stop")]
    [InlineData("1:role 1:stop stop 1:stop")]
    [InlineData("1:role 1:role 1:stop stop")]
    public void A_choice_that_breaks_the_contract_is_noticed(string words) =>
        Assert.Throws<SseViolationException>(() => SseTranscript.Parse(Role + string.Concat(words.Split(' ').Select(Chunk)) + Done));

    [Fact]
    public void Tool_calls_are_put_together()
    {
        var stream = SseTranscript.Parse(Role + Call(0, "call_a") + More(0, "{}") + Call(1, "call_b") + More(1, "{\\\"a\\\":") + More(1, "1}") + CallStop + Done);
        Assert.Equal([("call_a", "f", "{}"), ("call_b", "f", "{\"a\":1}")], stream.ToolCalls);
    }

    [Fact]
    public void Tool_calls_that_break_the_contract_are_noticed()
    {
        string[] streams =
        [
            More(0, "{}") + CallStop,
            Call(1, "call_a") + CallStop,
            Call(0, "call_a") + Call(1, "call_a") + CallStop,
            Call(0, "call_a") + Call(1, "call_b") + More(0, "{}") + CallStop,
            Call(0, "call_a").Replace("\"function\",\"function\"", "\"other\",\"function\"", StringComparison.Ordinal) + CallStop,
            CallStop,
        ];
        Assert.All(streams, stream => Assert.Throws<SseViolationException>(() => SseTranscript.Parse(Role + stream + Done)));
    }

    [Theory]
    [InlineData(",\"finish_reason\":null", "")]
    [InlineData(",\"logprobs\":null", "")]
    [InlineData("\"finish_reason\":null", "\"finish_reason\":\"done\"")]
    [InlineData("{\"content\":\"Hi\"},\"logprobs\":null,\"finish_reason\":null", "{\"content\":\"Hi\"},\"logprobs\":null,\"finish_reason\":\"stop\"")]
    [InlineData("chat.completion.chunk", "chat.completion")]
    [InlineData("}]}", "}],\"usage\":null}")]
    public void A_chunk_of_another_shape_is_noticed(string old, string other) =>
        Assert.Throws<SseViolationException>(() => SseTranscript.Parse(Role + Hi.Replace(old, other, StringComparison.Ordinal) + Stop + Done));

    [Fact]
    public void Usage_is_null_before_it_is_told()
    {
        string[] chunks = [.. new[] { Role, Hi, Stop }.Select(chunk => chunk.Replace("}]}", "}],\"usage\":null}", StringComparison.Ordinal))];
        Assert.NotNull(SseTranscript.Parse(string.Concat(chunks) + Usage + Done, usageAsked: true).Usage);
        Assert.Throws<SseViolationException>(() => SseTranscript.Parse(chunks[0] + Hi + chunks[2] + Usage + Done, usageAsked: true));
        Assert.Throws<SseViolationException>(() => SseTranscript.Parse(chunks[0] + Usage + chunks[1] + chunks[2] + Done, usageAsked: true));
        Assert.Throws<SseViolationException>(() => SseTranscript.Parse(string.Concat(chunks) + Usage + Usage + Done, usageAsked: true));
    }

    private static string CallStop => Stop.Replace("\"stop\"", "\"tool_calls\"", StringComparison.Ordinal);

    private static string Of(int index, string chunk) => chunk.Replace("\"index\":0", $"\"index\":{index}", StringComparison.Ordinal);

    private static string Chunk(string word)
    {
        var (index, name) = word.Split(':') is [var i, var n] ? (i[0] - '0', n) : (0, word);
        return Of(index, name == "role" ? Role : name == "hi" ? Hi : Stop);
    }

    private static string Call(int index, string id) =>
        Delta($$$"""{"index":{{{index}}},"id":"{{{id}}}","type":"function","function":{"name":"f","arguments":""}}""");

    private static string More(int index, string arguments) => Delta($$$"""{"index":{{{index}}},"function":{"arguments":"{{{arguments}}}"}}""");

    private static string Delta(string call) => Hi.Replace("\"content\":\"Hi\"", $"\"tool_calls\":[{call}]", StringComparison.Ordinal);
}
