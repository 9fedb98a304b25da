using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Where a client finds the reasoning of an answer, streamed and whole.</summary>
public sealed class ChatReasoningTests
{
    private static readonly ChatEvent[] Thoughtful = [Served(), Reasoning("Let me "), Reasoning("see."), Text("Forty"), Text("-two"), Finished()];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "<think>\nLet me see.\n</think>\nForty-two", "")]
    [InlineData(",\"reasoning_format\":null,\"reasoning_effort\":null", "<think>\nLet me see.\n</think>\nForty-two", "")]
    [InlineData(",\"reasoning_format\":\"reasoning_content\"", "Forty-two", "Let me see.")]
    [InlineData(",\"reasoning_format\":\"both\"", "<think>\nLet me see.\n</think>\nForty-two", "Let me see.")]
    [InlineData(",\"reasoning_effort\":\"none\"", "Forty-two", "")]
    [InlineData(",\"reasoning_effort\":\"none\",\"reasoning_format\":\"both\"", "Forty-two", "")]
    [InlineData(",\"reasoning_effort\":\"high\"", "<think>\nLet me see.\n</think>\nForty-two", "")]
    [InlineData(",\"response_format\":{\"type\":\"json_object\"}", "Forty-two", "Let me see.")]
    [InlineData(",\"response_format\":{\"type\":\"text\"}", "<think>\nLet me see.\n</think>\nForty-two", "")]
    [InlineData(",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "Forty-two", "Let me see.")]
    [InlineData(",\"tool_choice\":\"none\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "<think>\nLet me see.\n</think>\nForty-two", "")]
    public async Task Reasoning_is_shown_as_the_request_says(string fields, string content, string reasoning)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        await AssertBothAsync(host, fields, content, reasoning);
    }

    [Theory]
    [InlineData(true, "both", "", "", "<think>\nLet me see.\n</think>\nForty-two", "Let me see.")]
    [InlineData(true, "both", "think_tags", "", "<think>\nLet me see.\n</think>\nForty-two", "")]
    [InlineData(true, "both", "think_tags", ",\"reasoning_format\":\"reasoning_content\"", "Forty-two", "Let me see.")]
    [InlineData(false, "both", "", "", "Forty-two", "")]
    [InlineData(false, "both", "think_tags", "", "Forty-two", "")]
    [InlineData(false, "reasoning_content", "", ",\"reasoning_effort\":\"low\"", "Forty-two", "Let me see.")]
    public async Task The_request_is_stronger_than_its_key_and_the_key_than_the_setting(bool thinking, string setting, string key, string fields, string content, string reasoning)
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { Thinking = thinking, ReasoningFormat = setting }, null, Token);
        host.Key = new RequestKey(1, "test", []) { ReasoningFormat = key };
        await AssertBothAsync(host, fields, content, reasoning);
    }

    [Fact]
    public async Task Thinking_is_closed_when_the_answer_breaks()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Reasoning("Hm"), Failed(Chat.Failed.Types.Kind.BrokenOff, 502, "upstream_error", "The upstream broke off."));
        using var response = await host.ChatAsync(Ask(true, ""), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal("<think>\nHm\n</think>\n", stream.Content);
        Assert.NotNull(stream.Error);
    }

    [Fact]
    public async Task Thinking_is_closed_at_the_end_and_before_calls_and_pictures()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Reasoning("Hm"), Finished());
        await AssertBothAsync(host, "", "<think>\nHm\n</think>\n", "");
        host.Upstream.Says(Reasoning("Hm"), new ChatEvent { Media = new Contracts.Chat.Media { Alt = "a cat" } }, Finished());
        await AssertBothAsync(host, "", "<think>\nHm\n</think>\na cat", "");
        host.Upstream.Says(Reasoning("Hm"), new ChatEvent { Tool = new ToolDelta { Id = "call_1", Name = "f" } }, Finished("tool_calls"));
        using var response = await host.ChatAsync(Ask(true, ""), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal(("<think>\nHm\n</think>\n", 1), (stream.Content, stream.ToolCalls.Count));
    }

    [Fact]
    public async Task Think_tags_are_opened_once_however_often_the_model_thinks_again()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Reasoning("One."), Text("A"), Reasoning("Two."), Text("B"), Finished());
        using var response = await host.ChatAsync(Ask(true, ",\"reasoning_format\":\"both\""), Token);
        var choice = (await SseTranscript.ReadAsync(response, usageAsked: false, Token)).Choices[0];
        Assert.Equal(("<think>\nOne.\n</think>\nAB", "One.Two."), (choice.Content, choice.Reasoning));
        using var whole = await host.ChatAsync(Ask(false, ""), Token);
        Assert.Equal("<think>\nOne.Two.\n</think>\nAB", Message(await whole.Content.ReadAsStringAsync(Token)).GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_whole_answer_that_starts_over_forgets_what_was_thought()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Reasoning("One."), new ChatEvent { Restarted = new Restarted() }, Reasoning("Two."), Text("B"), Finished());
        using var whole = await host.ChatAsync(Ask(false, ""), Token);
        Assert.Equal("<think>\nTwo.\n</think>\nB", Message(await whole.Content.ReadAsStringAsync(Token)).GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(",\"reasoning_effort\":\"none\"")]
    [InlineData("")]
    public async Task Reasoning_tokens_are_part_of_the_completion_shown_or_not(string fields)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Reasoning("The quick brown fox"), Text(" jumps over"), Finished());
        using var response = await host.ChatAsync(Ask(false, fields), Token);
        var usage = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("usage");
        Assert.Equal((6, 4), (usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32()));
        var record = await host.NextUsageAsync(Token);
        Assert.Equal((6, 4), (record.CompletionTokens, record.ReasoningTokens));
    }

    [Fact]
    public async Task Citations_are_placed_behind_what_is_thought()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var citation = new Citation { Text = Google.Protobuf.ByteString.CopyFromUtf8("[[1]](https://example.com/a)"), Url = "https://example.com/a", Title = "A" };
        host.Upstream.Says(Reasoning("é"), Text("See "), new ChatEvent { Citation = citation }, Finished());
        using var whole = await host.ChatAsync(Ask(false, ""), Token);
        var message = Message(await whole.Content.ReadAsStringAsync(Token));
        var place = message.GetProperty("annotations")[0].GetProperty("url_citation");
        var (start, end) = (place.GetProperty("start_index").GetInt32(), place.GetProperty("end_index").GetInt32());
        Assert.Equal("[[1]](https://example.com/a)", message.GetProperty("content").GetString()![start..end]);
    }

    private static async Task AssertBothAsync(GatewayHost host, string fields, string content, string reasoning)
    {
        if (content.Contains("Forty", StringComparison.Ordinal))
            host.Upstream.Says(Thoughtful);
        using var streamed = await host.ChatAsync(Ask(true, fields), Token);
        var choice = (await SseTranscript.ReadAsync(streamed, usageAsked: false, Token)).Choices[0];
        Assert.Equal((content, reasoning), (choice.Content, choice.Reasoning));

        using var whole = await host.ChatAsync(Ask(false, fields), Token);
        var message = Message(await whole.Content.ReadAsStringAsync(Token));
        Assert.Equal(content, message.GetProperty("content").GetString());
        Assert.Equal(reasoning, message.TryGetProperty("reasoning_content", out var thought) ? thought.GetString() : "");
    }

    private static string Ask(bool stream, string fields) =>
        $$"""{"model":"grok-4.20","stream":{{(stream ? "true" : "false")}}{{fields}},"messages":[{"role":"user","content":"Hi"}]}""";

    private static JsonElement Message(string answer) => JsonDocument.Parse(answer).RootElement.GetProperty("choices")[0].GetProperty("message");
}
