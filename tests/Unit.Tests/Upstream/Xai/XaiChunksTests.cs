using System.Text;
using System.Text.Json;
using GrokForge.Upstream.Xai;

namespace GrokForge.Unit.Tests.Upstream.Xai;

public sealed class XaiChunksTests
{
    private readonly XaiChunks _hiding = new("xai/grok", showsUsage: false, "");

    [Theory]
    [InlineData("""{"id":"1","model":"grok","choices":[{"x":1}]}""", """{"id":"1","model":"xai/grok","choices":[{"x":1}]}""")]
    [InlineData("""{"choices":[{"model":"inside"}] , "model" : "grok" }""", """{"choices":[{"model":"inside"}] , "model" : "xai/grok" }""")]
    [InlineData("""{"id":"1","choices":[{"x":1}]}""", """{"id":"1","choices":[{"x":1}]}""")]
    [InlineData("""{"model":"grok","choices":[{"x":1}],"usage":null}""", """{"model":"xai/grok","choices":[{"x":1}]}""")]
    [InlineData("""{"model":"grok","choices":[{"x":1}], "usage":{"prompt_tokens":1} ,"citations":[]}""", """{"model":"xai/grok","choices":[{"x":1}] ,"citations":[]}""")]
    [InlineData("""{"usage":null,"model":"grok","choices":[{"x":1}]}""", """{"usage":null,"model":"xai/grok","choices":[{"x":1}]}""")]
    [InlineData("""{"usage":{"prompt_tokens":1},"model":"grok","choices":[{"x":1}]}""", """{"usage":null,"model":"xai/grok","choices":[{"x":1}]}""")]
    [InlineData("""{"model":"grok","choices":[],"usage":{"prompt_tokens":1},"citations":["https://a"]}""", """{"model":"xai/grok","choices":[],"citations":["https://a"]}""")]
    public void Only_the_model_and_an_unwanted_usage_change(string chunk, string expected)
    {
        Assert.Equal(expected, Take(_hiding, chunk));
        Assert.Equal(expected, Take(_hiding, chunk));
    }

    [Theory]
    [InlineData("""{"model":"grok","choices":[],"usage":{"prompt_tokens":1}}""")]
    [InlineData("""{"model":"grok","usage":{"prompt_tokens":1}}""")]
    public void A_chunk_of_nothing_but_usage_is_not_for_a_client_that_did_not_ask(string chunk)
    {
        Assert.Null(Take(_hiding, chunk));
        Assert.Equal(1, _hiding.Usage!.PromptTokens);
        Assert.Equal(chunk.Replace("grok", "xai/grok", StringComparison.Ordinal), Take(new XaiChunks("xai/grok", showsUsage: true, ""), chunk));
    }

    [Fact]
    public void Words_like_ours_in_the_text_change_nothing()
    {
        const string chunk = """{"model":"grok","choices":[{"delta":{"content":"\"usage\":1,\"error\":2,\"model\":\"grok\""}}]}""";
        Assert.Equal(chunk.Replace("{\"model\":\"grok\"", "{\"model\":\"xai/grok\"", StringComparison.Ordinal), Take(_hiding, chunk));
        Assert.Equal(chunk.Replace("{\"model\":\"grok\"", "{\"model\":\"xai/grok\"", StringComparison.Ordinal), Take(_hiding, chunk));
    }

    [Fact]
    public void A_model_that_changes_in_mid_stream_is_still_replaced()
    {
        Take(_hiding, """{"model":"grok","choices":[{"x":1}]}""");
        Assert.Equal("""{"model":"xai/grok","choices":[{"x":2}]}""", Take(_hiding, """{"model":"grok-mini","choices":[{"x":2}]}"""));
    }

    [Theory]
    [InlineData("""{"error":{"message":"x"}}""", true)]
    [InlineData("""{"model":"grok","code":"x","error":"y"}""", true)]
    [InlineData("""{"model":"grok","error":null,"choices":[{"x":1}]}""", false)]
    public void An_error_is_no_chunk(string chunk, bool failed)
    {
        Assert.Equal(failed, Take(_hiding, chunk) is null);
        Assert.Equal(failed, _hiding.Error is not null);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"model\":")]
    [InlineData("{} {}")]
    [InlineData("nothing")]
    public void What_is_no_json_object_is_told(string chunk) => Assert.ThrowsAny<JsonException>(() => Take(_hiding, chunk));

    [Theory]
    [InlineData("""{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":94}}""", 32, 103, 94, 6)]
    [InlineData("""{"prompt_tokens":32,"completion_tokens":103,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}""", 32, 103, 94, 0)]
    [InlineData("""{"prompt_tokens":5,"completion_tokens":null,"total_tokens":"x"}""", 5, 0, 0, 0)]
    [InlineData("""{"input_tokens":7,"output_tokens":8,"total_tokens":15}""", 7, 8, 0, 0)]
    [InlineData("""{"prompt_tokens":5,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":94}}""", 5, 103, 94, 0)]
    [InlineData("""{"prompt_tokens":-5,"completion_tokens":9000000000000,"total_tokens":1e300,"completion_tokens_details":{"reasoning_tokens":9223372036854775807}}""", 0, 100000000, 100000000, 0)]
    [InlineData("""{"prompt_tokens":2147483647,"completion_tokens":2147483647,"total_tokens":2147483645,"completion_tokens_details":{"reasoning_tokens":2147483647}}""", 100000000, 100000000, 100000000, 0)]
    public void Reasoning_counts_as_completion_whoever_counts(string usage, int prompt, int completion, int reasoning, int cached)
    {
        var read = XaiUsage.Read(Encoding.UTF8.GetBytes(usage));
        Assert.Equal((prompt, completion, reasoning, cached), (read.PromptTokens, read.CompletionTokens, read.ReasoningTokens, read.CachedTokens));
    }

    private static string? Take(XaiChunks chunks, string chunk) => chunks.Take(Encoding.UTF8.GetBytes(chunk)) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
