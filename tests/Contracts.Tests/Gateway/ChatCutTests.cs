using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Usage;
using GrokForge.TestKit;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>What the gateway gives because the upstream has it not: stop sequences, a limit of tokens, several choices.</summary>
public sealed class ChatCutTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("\"END\"")]
    [InlineData("[\"nothing\",\"END\"]")]
    public async Task A_stop_sequence_ends_the_stream_before_it_and_gives_the_upstream_up(string stop)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var live = host.Upstream.SaysLive();
        foreach (var chatEvent in new[] { Served(), Text("One, tw"), Text("o.E"), Text("ND three") })
            await live.Writer.WriteAsync(chatEvent, Token);
        using var response = await host.ChatAsync(Ask($"\"stream\":true,\"stop\":{stop}"), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal(("One, two.", "stop"), (stream.Content, stream.FinishReason));
        await host.Upstream.Cancelled.Task.WaitAsync(Token);
        Assert.Equal((200, UsageOutcome.Completed), await OutcomeAsync(host));
    }

    [Fact]
    public async Task A_stop_sequence_ends_a_whole_answer_too()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("One, tw"), Text("o.E"), Text("ND three"), Finished());
        var answer = await AskAsync(host, "\"stop\":[\"END\"]");
        Assert.Equal(("One, two.", "stop"), Told(answer, 0));
    }

    [Theory]
    [InlineData("think_tags")]
    [InlineData("both")]
    public async Task A_stop_sequence_is_found_around_late_reasoning(string format)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("One EN"), Reasoning("Hm."), Text("D two"), Finished());
        using var response = await host.ChatAsync(Ask($"\"stream\":true,\"stop\":\"END\",\"reasoning_format\":\"{format}\""), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.EndsWith("One ", stream.Content, StringComparison.Ordinal);
        Assert.Equal("stop", stream.FinishReason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_sequence_is_found_around_a_call_which_stays_one(bool stream)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var call = new ChatEvent { Tool = new ToolDelta { Index = 0, Id = "call_1", Name = "f", Arguments = Google.Protobuf.ByteString.CopyFromUtf8("{}") } };
        host.Upstream.Says(Served(), Text("One EN"), call, Text("D two"), Finished("tool_calls"));
        using var response = await host.ChatAsync(Ask($"\"stream\":{(stream ? "true" : "false")},\"stop\":\"END\""), Token);
        if (stream)
        {
            var told = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
            Assert.Equal(("One ", "tool_calls"), (told.Content, told.FinishReason));
            return;
        }

        var choice = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("choices")[0];
        Assert.Equal("One ", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("call_1", choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("id").GetString());
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Halves_of_a_stop_sequence_around_a_picture_are_none_as_the_picture_stands_between_them()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var picture = new ChatEvent { Media = new() { Data = Google.Protobuf.ByteString.CopyFromUtf8("x"), ContentType = "image/png", Alt = "a cat" } };
        host.Upstream.Says(Served(), Text("One EN"), picture, Text("D two"), Finished());
        using var response = await host.ChatAsync(Ask("\"stream\":true,\"stop\":\"END\""), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Matches("^One EN\\s*!\\[a cat\\]\\(data:image/png;base64,eA==\\)\\s*D two$", stream.Content);
    }

    [Fact]
    public async Task What_only_looks_like_a_stop_sequence_is_told_at_the_end()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("The EN"), Finished());
        Assert.Equal(("The EN", "stop"), Told(await AskAsync(host, "\"stop\":\"END\""), 0));
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task An_answer_is_cut_at_the_limit_of_tokens(string field)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("The quick brown"), Text(" fox jumps"), Text(" over the lazy dog."), Finished());
        var answer = await AskAsync(host, $"\"{field}\":5");
        Assert.Equal(("The quick brown fox jumps", "length"), Told(answer, 0));
        Assert.Equal(5, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_stream_is_cut_at_the_limit_and_its_upstream_given_up()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("The quick brown fox jumps over the lazy dog."), Token);
        using var response = await host.ChatAsync(Ask("\"stream\":true,\"max_tokens\":4,\"stream_options\":{\"include_usage\":true}"), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: true, Token);
        Assert.Equal(("The quick brown fox", "length"), (stream.Content, stream.FinishReason));
        Assert.Equal(4, stream.Usage!.Value.GetProperty("completion_tokens").GetInt32());
        await host.Upstream.Cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task Reasoning_counts_towards_the_limit()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Reasoning("The quick brown fox jumps"), Text("over the lazy dog."), Finished());
        var answer = await AskAsync(host, "\"max_tokens\":5,\"reasoning_effort\":\"none\"");
        Assert.Equal(("", "length"), Told(answer, 0));
        var usage = answer.GetProperty("usage");
        Assert.Equal((5, 5), (usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32()));
    }

    [Fact]
    public async Task A_call_that_has_begun_is_told_whole_and_none_begins_behind_the_limit()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(
            new ChatEvent { Tool = new ToolDelta { Id = "call_1", Name = "f" } },
            new ChatEvent { Tool = new ToolDelta { Arguments = Google.Protobuf.ByteString.CopyFromUtf8("{\"a\":\"one two three four five\"}") } },
            new ChatEvent { Tool = new ToolDelta { Index = 1, Id = "call_2", Name = "f" } },
            Finished("tool_calls"));
        var answer = await AskAsync(host, "\"max_tokens\":4,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]");
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        var call = Assert.Single(choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
        Assert.Equal("{\"a\":\"one two three four five\"}", call.GetProperty("function").GetProperty("arguments").GetString());
    }

    [Fact]
    public async Task Several_choices_are_asked_for_at_the_same_time_and_told_together()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var asked = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Upstream.Does((_, cancellationToken) => Meet());
        var answer = await AskAsync(host, "\"n\":3");
        Assert.Equal(["stop", "stop", "stop"], Enumerable.Range(0, 3).Select(i => Told(answer, i).Reason));
        Assert.Equal(["1", "2", "3"], Enumerable.Range(0, 3).Select(i => Told(answer, i).Content).Order());
        Assert.Equal([0, 1, 2], answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((3, 1, 3), (usage.Attempts, usage.PromptTokens, usage.CompletionTokens));

        async IAsyncEnumerable<ChatEvent> Meet()
        {
            var number = Interlocked.Increment(ref asked);
            if (number == 3)
                all.TrySetResult();
            await all.Task.WaitAsync(Token);
            yield return Served();
            yield return Text(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
            yield return Finished();
        }
    }

    [Fact]
    public async Task Several_choices_stream_side_by_side()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Does((_, _) => Long());
        using var response = await host.ChatAsync(Ask("\"stream\":true,\"n\":4,\"stop\":\"49\",\"stream_options\":{\"include_usage\":true}"), Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: true, Token);
        Assert.Equal(4, stream.Choices.Count);
        Assert.All(stream.Choices, c => Assert.Equal((string.Concat(Enumerable.Range(0, 49).Select(i => $"{i} ")), "stop"), (c.Content, c.FinishReason)));

        static async IAsyncEnumerable<ChatEvent> Long()
        {
            for (var i = 0; i < 100; i++)
            {
                await Task.Yield();
                yield return Text($"{i} ");
            }

            yield return Finished();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_choice_that_fails_ends_all(bool stream)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var asked = 0;
        host.Upstream.Does((_, cancellationToken) => Interlocked.Increment(ref asked) == 2 ? Fail() : Wait(cancellationToken));
        using var response = await host.ChatAsync(Ask($"\"n\":2,\"stream\":{(stream ? "true" : "false")}"), Token);
        await Envelope.AssertAsync(response, 503, "server_error", "no_token_available", null, Token);
        await host.Upstream.Cancelled.Task.WaitAsync(Token);
        Assert.Equal((503, UsageOutcome.Failed), await OutcomeAsync(host));

        static async IAsyncEnumerable<ChatEvent> Fail()
        {
            await Task.Yield();
            yield return Failed(Chat.Failed.Types.Kind.NoToken, 503, "no_token_available", "No token is free.");
        }

        static async IAsyncEnumerable<ChatEvent> Wait([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            yield break;
        }
    }

    [Fact]
    public async Task A_client_that_leaves_gives_up_all_choices()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.SaysLive();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = host.ChatAsync(Ask("\"n\":3"), leave.Token);
        for (var i = 0; i < 3; i++)
            await host.Upstream.Calls.Reader.ReadAsync(Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal((499, UsageOutcome.ClientGone), await OutcomeAsync(host));
        Assert.Equal(0, host.Upstream.Running);
    }

    private static string Ask(string fields) => $$"""{"model":"grok-4.20",{{fields}},"messages":[{"role":"user","content":"Hi"}]}""";

    private static async Task<JsonElement> AskAsync(GatewayHost host, string fields)
    {
        using var response = await host.ChatAsync(Ask(fields), Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static (string? Content, string? Reason) Told(JsonElement answer, int index)
    {
        var choice = answer.GetProperty("choices")[index];
        return (choice.GetProperty("message").GetProperty("content").GetString(), choice.GetProperty("finish_reason").GetString());
    }

    private static async Task<(int Status, string Outcome)> OutcomeAsync(GatewayHost host)
    {
        var usage = await host.NextUsageAsync(Token);
        return (usage.Status, usage.Outcome);
    }
}
