using GrokForge.TestKit;

namespace GrokForge.Unit.Tests.Gateway;

/// <summary>The validator that other tests rely on must itself be able to fail.</summary>
public sealed class SseTranscriptTests
{
    private const string Role = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""" + "\n\n";
    private const string Hi = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}]}""" + "\n\n";
    private const string Stop = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}""" + "\n\n";
    private const string Usage = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""" + "\n\n";
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
}
