using System.Text;
using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Xai;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>What a chat conversation over the route xai promises, wherever the upstream service lives.</summary>
public abstract partial class XaiChatContract : UpstreamContract
{
    private const string Ask = """{"model":"xai/grok-4","messages":[{"role":"user","content":"Hi"}]}""";
    private const string AskForUsage = """{"model":"xai/grok-4","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}""";

    protected XaiChatContract() => WaitForSlotSeconds = 0;

    protected override IEnumerable<string> Secrets => ["xai-key", "x.ai", "3c1f7a52"];

    private SimulatedXai Api => Grok.Xai;

    [Fact]
    public async Task A_stream_is_passed_on_chunk_by_chunk_and_byte_for_byte_but_for_the_model()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(r => XaiReply.Text("The quick brown fox").Thinking("Let me see. ").Citing("https://example.com/a").For(r));
        var events = await ChatAsync(Call(Ask));
        Assert.Equal(new Served { Route = "xai", TokenId = 1, Pool = "xai", Attempts = 1 }, events[0].Served);
        Assert.Equal(
            """{"id":"sim-1","object":"chat.completion.chunk","created":1700000000,"model":"xai/grok-4","choices":[{"index":0,"delta":{"content":"quick "}}],"system_fingerprint":"fp_simulated"}""",
            Chunks(events).Single(c => c.Contains("\"quick ", StringComparison.Ordinal)));
        Assert.Equal(("The quick brown fox", "Let me see. "), (Content(events), Content(events, "reasoning_content")));
        Assert.Contains("\"citations\":[\"https://example.com/a\"]", Chunks(events)[^1], StringComparison.Ordinal);
        Assert.All(Chunks(events), c => Assert.Contains("\"model\":\"xai/grok-4\"", c, StringComparison.Ordinal));
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task The_usage_is_told_apart_and_hidden_from_a_client_that_did_not_ask()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(r => XaiReply.Text("ok").Counting(prompt: 32, completion: 9, cached: 6, reasoning: 94).For(r));
        var events = await ChatAsync(Call(Ask));
        Assert.Equal(new Chat.Usage { PromptTokens = 32, CompletionTokens = 103, CachedTokens = 6, ReasoningTokens = 94 }, events[^2].Usage);
        Assert.All(Chunks(events), c => Assert.DoesNotContain("usage", c, StringComparison.Ordinal));
        Assert.True(Grok.ApiChats[0].Json!.Value.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
    }

    [Fact]
    public async Task A_client_that_asks_for_usage_gets_the_upstreams_own_chunk()
    {
        Pool.Add(1, "xai-key-a");
        var events = await ChatAsync(Call(AskForUsage));
        var usage = JsonDocument.Parse(Chunks(events)[^1]).RootElement;
        Assert.Equal((0, 135, "xai/grok-4"), (usage.GetProperty("choices").GetArrayLength(), usage.GetProperty("usage").GetProperty("total_tokens").GetInt32(), usage.GetProperty("model").GetString()));
        Assert.Equal(103, events[^2].Usage.CompletionTokens);
    }

    [Fact]
    public async Task A_whole_answer_is_one_object_with_its_tools_and_usage()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(r => XaiReply.Text("").Calling("get_weather", """{"city":"Oslo"}""").For(r));
        var events = await ChatAsync(Call(Ask, whole: true));
        var answer = JsonDocument.Parse(Assert.Single(Chunks(events))).RootElement;
        Assert.Equal(("xai/grok-4", "tool_calls"), (answer.GetProperty("model").GetString(), answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString()));
        Assert.Equal("get_weather", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Equal(135, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Equal(32, events[^2].Usage.PromptTokens);
        Assert.False(Grok.ApiChats[0].Json!.Value.TryGetProperty("stream_options", out _));
    }

    [Fact]
    public async Task Everything_else_of_the_body_arrives_as_it_was_written()
    {
        Pool.Add(1, "xai-key-a");
        const string body = """
            {"n" : 2, "model":"xai/grok-4",  "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/cat.png"}}]}],
             "search_parameters":{"mode":"on"},"logprobs":true,"stop":["x"],"temperature":1.50,"tools":[{"type":"live_search"}]}
            """;
        await ChatAsync(Call(body, whole: true));
        Assert.Equal(body.Replace("\"xai/grok-4\"", "\"grok-4\"", StringComparison.Ordinal), Grok.ApiChats[0].Text);
        Assert.Equal("Bearer xai-key-a", Grok.ApiChats[0].Headers["Authorization"][0]);
    }

    [Fact]
    public async Task A_base_with_a_path_of_its_own_is_taken_as_it_is()
    {
        BasePath = "/v1/";
        Pool.Add(1, "sk-of-somebody-else");
        Assert.Equal("Hello from the simulator. You said: Hi", Content(await ChatAsync(Call(Ask))));
        Assert.Equal("/v1/chat/completions", Grok.ApiChats[0].Path);
    }

    private static ChatCall Call(string body, bool whole = false) => new()
    {
        RequestId = "req-1",
        Model = "xai/grok-4",
        Whole = whole,
        OpenaiBody = ByteString.CopyFromUtf8(body),
        Routes = { new Route { Provider = "xai", Pools = { "xai" }, UpstreamModel = "grok-4" } },
    };

    private static List<string> Chunks(IEnumerable<ChatEvent> events) =>
        [.. events.Where(e => e.EventCase == ChatEvent.EventOneofCase.OpenaiChunk).Select(e => e.OpenaiChunk.ToStringUtf8())];

    private static string Content(IEnumerable<ChatEvent> events, string field = "content")
    {
        var text = new StringBuilder();
        foreach (var chunk in Chunks(events))
        {
            foreach (var choice in JsonDocument.Parse(chunk).RootElement.GetProperty("choices").EnumerateArray())
            {
                if (choice.GetProperty("delta").TryGetProperty(field, out var piece))
                    text.Append(piece.GetString());
            }
        }

        return text.ToString();
    }
}

/// <summary>The contract inside one process.</summary>
public sealed class InProcessXaiChat : XaiChatContract
{
    protected override bool OverGrpc => false;
}

/// <summary>The contract over gRPC.</summary>
public sealed class XaiChatOverGrpc : XaiChatContract
{
    protected override bool OverGrpc => true;
}
