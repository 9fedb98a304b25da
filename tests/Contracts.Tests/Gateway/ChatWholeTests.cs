using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Settings;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

public sealed class ChatWholeTests
{
    private const string Ask = """{"model":"grok-4.20","messages":[{"role":"user","content":"Hi"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":null")]
    [InlineData(",\"stream\":false")]
    public async Task Without_stream_the_answer_is_one_object(string field)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("The quick brown fox"), Text(" jumps over the lazy dog."), Finished("length"));
        using var response = await host.ChatAsync(Ask.Insert(Ask.Length - 1, field), Token);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement;
        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal(("chat.completion", "grok-4.20"), (answer.GetProperty("object").GetString(), answer.GetProperty("model").GetString()));
        Assert.Equal(
            """[{"index":0,"message":{"role":"assistant","content":"The quick brown fox jumps over the lazy dog.","refusal":null},"logprobs":null,"finish_reason":"length"}]""",
            answer.GetProperty("choices").GetRawText());
        Assert.Equal(
            """{"prompt_tokens":1,"completion_tokens":10,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}""",
            answer.GetProperty("usage").GetRawText());
        Assert.True((await host.Upstream.Calls.Reader.ReadAsync(Token)).Whole);
    }

    [Fact]
    public async Task The_operator_may_make_streams_the_default()
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { Stream = true }, null, Token);
        host.Upstream.Says(Text("x"), Finished());
        using var response = await host.ChatAsync(Ask, Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_asks_for_signs_of_life_gets_them_before_a_late_end(bool succeeds)
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { StreamCommitAfterSeconds = 0.1 }, null, Token);
        var live = host.Upstream.SaysLive();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/chat/completions", UriKind.Relative)) { Content = new StringContent(Ask) };
        request.Headers.Add("x-keep-alive", "true");
        using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal((200, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        foreach (var chatEvent in succeeds ? new[] { Text("late"), Finished() } : [Failed(Chat.Failed.Types.Kind.NoToken, 503, "no_token_available", "No token is free.")])
            await live.Writer.WriteAsync(chatEvent, Token);
        live.Writer.Complete();
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.StartsWith(" ", text, StringComparison.Ordinal);
        var answer = JsonDocument.Parse(text).RootElement;
        Assert.Equal(succeeds ? "late" : "no_token_available", succeeds
            ? answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()
            : answer.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(succeeds ? 200 : 503, (await host.NextUsageAsync(Token)).Status);
    }

    [Fact]
    public async Task What_came_before_the_client_left_is_counted()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Served(), Token);
        await live.Writer.WriteAsync(Text("The quick brown fox"), Token);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = host.ChatAsync(Ask, leave.Token);
        await host.Upstream.Calls.Reader.ReadAsync(Token);
        await Eventually.HoldsAsync(() => Task.FromResult(live.Reader.Count == 0), Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((499, 4), (usage.Status, usage.CompletionTokens));
    }

    [Fact]
    public async Task What_came_before_a_restart_is_forgotten()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("first try"), new ChatEvent { Restarted = new Restarted() }, Text("second"), Finished());
        using var response = await host.ChatAsync(Ask, Token);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement;
        Assert.Equal("second", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Usage_told_by_the_upstream_beats_the_estimate()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(
            Text("x"), new ChatEvent { Usage = new Chat.Usage { PromptTokens = 100, CompletionTokens = 50, ReasoningTokens = 40, CachedTokens = 30 } }, Finished());
        using var response = await host.ChatAsync(Ask, Token);
        var usage = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("usage");
        Assert.Equal((150, 40), (usage.GetProperty("total_tokens").GetInt32(), usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32()));
        Assert.False((await host.NextUsageAsync(Token)).Estimated);
    }

    [Fact]
    public async Task A_failure_discards_what_was_collected()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("half"), Failed(Chat.Failed.Types.Kind.Upstream, 502, "upstream_error", "The upstream broke off."));
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 502, "server_error", "upstream_error", null, Token);
    }

    [Fact]
    public async Task A_policy_refusal_is_the_callers_400()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Failed(Chat.Failed.Types.Kind.Policy, 0, "", ""));
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 400, "invalid_request_error", "content_policy_violation", null, Token);
    }

    [Fact]
    public async Task A_whole_answer_leaves_its_usage_record()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("x"), Finished());
        using var response = await host.ChatAsync(Ask, Token);
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((200, UsageOutcome.Completed, 7L), (usage.Status, usage.Outcome, usage.TokenId));
    }

    [Fact]
    public async Task An_answer_longer_than_memory_allows_is_refused()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var megabyte = Text(new string('x', 1024 * 1024));
        host.Upstream.Says([.. Enumerable.Repeat(megabyte, 9), Finished()]);
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 502, "server_error", "upstream_error", null, Token);
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_upstream()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.SaysLive();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = host.ChatAsync(Ask, leave.Token);
        await host.Upstream.Calls.Reader.ReadAsync(Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await host.Upstream.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }
}
