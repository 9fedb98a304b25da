using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

public sealed class ChatStreamTests
{
    private const string Ask = """{"model":"grok-4.20","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";
    private const string AskWithUsage = """{"model":"grok-4.20","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_streamed_as_the_contract_says()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("Hel"), Text("lo \"wörld\"\n"), Finished());
        using var response = await host.ChatAsync(Ask, Token);
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal(("Hello \"wörld\"\n", "stop"), (stream.Content, stream.FinishReason));
        Assert.Equal("grok-4.20", stream.Chunks[0].GetProperty("model").GetString());
        Assert.True(stream.Comments.Sum(c => c.Length + 2) >= 2048);
    }

    [Fact]
    public async Task The_role_chunk_is_the_first_and_the_padding_follows_it()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("x"), Finished());
        using var response = await host.ChatAsync(Ask, Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        var lines = stream.Text.Split('\n');
        Assert.Contains("\"role\":\"assistant\"", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(":", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_is_told_where_it_was_asked_for()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("The quick brown fox"), Text(" jumps over the lazy dog."), Finished());
        using var response = await host.ChatAsync(AskWithUsage, Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: true, Token);
        Assert.Equal((1, 10), (stream.Usage!.Value.GetProperty("prompt_tokens").GetInt32(), stream.Usage.Value.GetProperty("completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task Each_event_is_sent_when_it_comes()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("one"), Token);
        using var response = await host.ChatAsync(Ask, Token);
        using var body = new LiveBody(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal("one", (await body.ReadUntilAsync("one", Token)).Content);

        await live.Writer.WriteAsync(Text("two"), Token);
        Assert.Equal("onetwo", (await body.ReadUntilAsync("two", Token)).Content);
        await live.Writer.WriteAsync(Finished(), Token);
        live.Writer.Complete();
        await body.ReadUntilAsync("[DONE]", Token);
        Assert.Equal("stop", SseTranscript.Parse(body.Text).FinishReason);
    }

    [Fact]
    public async Task Reasoning_that_is_not_shown_opens_the_stream()
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { Thinking = false }, null, Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Reasoning("secret thoughts"), Token);
        using var response = await host.ChatAsync(Ask, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await live.Writer.WriteAsync(Text("answer"), Token);
        await live.Writer.WriteAsync(Finished(), Token);
        live.Writer.Complete();
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal("answer", stream.Content);
        Assert.DoesNotContain("secret", stream.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_upstream_is_committed_and_pinged()
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { StreamCommitAfterSeconds = 0.1 }, null, Token);
        var live = host.Upstream.SaysLive();
        using var response = await host.ChatAsync(Ask, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await live.Writer.WriteAsync(Failed(Chat.Failed.Types.Kind.NoToken, 503, "no_token_available", "No token of the pool basic is free."), Token);
        live.Writer.Complete();
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal("no_token_available", stream.Error!.Value.GetProperty("code").GetString());
        Assert.Null(stream.FinishReason);
    }

    [Fact]
    public async Task A_failure_before_the_commit_is_an_http_status()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Failed(Chat.Failed.Types.Kind.NoToken, 503, "no_token_available", "No token of the pool basic is free.", retryAfter: 41.2));
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 503, "server_error", "no_token_available", null, Token);
        Assert.Equal(TimeSpan.FromSeconds(42), response.Headers.RetryAfter!.Delta);
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((503, UsageOutcome.Failed, 2, 9L), (usage.Status, usage.Outcome, usage.Attempts, usage.TokenId));
    }

    [Fact]
    public async Task An_upstream_that_refuses_its_credentials_is_not_the_callers_401()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Failed(Chat.Failed.Types.Kind.Upstream, 401, "upstream_error", "Every token was refused."));
        using var response = await host.ChatAsync(Ask, Token);
        await Envelope.AssertAsync(response, 502, "server_error", "upstream_error", null, Token);
    }

    [Fact]
    public async Task A_failure_after_the_commit_is_an_event_without_a_finish_reason()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(), Text("half"), Failed(Chat.Failed.Types.Kind.BrokenOff, 502, "upstream_error", "The upstream broke off."));
        using var response = await host.ChatAsync(Ask, Token);
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal("half", stream.Content);
        Assert.Equal("upstream_error", stream.Error!.Value.GetProperty("code").GetString());
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((502, UsageOutcome.BrokenOff), (usage.Status, usage.Outcome));
        Assert.True(usage.CompletionTokens > 0);
    }

    [Fact]
    public async Task Events_that_just_end_are_a_broken_answer()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("half"));
        using var response = await host.ChatAsync(Ask, Token);
        Assert.NotNull((await SseTranscript.ReadAsync(response, usageAsked: false, Token)).Error);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, 503, "service_unavailable")]
    [InlineData(StatusCode.Internal, 502, "upstream_error")]
    public async Task A_broken_way_to_the_upstream_is_told_as_such(StatusCode broken, int status, string code)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Does((_, _) => throw new RpcException(new Status(broken, "at 10.0.0.1 secret")));
        using var response = await host.ChatAsync(Ask, Token);
        var message = await Envelope.AssertAsync(response, status, "server_error", code, null, Token);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_our_own_is_told_without_its_details()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Does((_, _) => throw new InvalidOperationException("secret"));
        using var response = await host.ChatAsync(Ask, Token);
        var message = await Envelope.AssertAsync(response, 500, "server_error", "internal_error", null, Token);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_goes_away_cancels_the_upstream_at_once(bool reset)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Served(), Token);
        await live.Writer.WriteAsync(Text("one"), Token);
        // Not an HttpClient: that would go on reading for a while, to use the connection again.
        using (var client = await RawClient.PostAsync(host.Address, "/v1/chat/completions", Ask, Token))
        {
            await client.ReadUntilAsync("one", Token);
            client.Leave(reset);
        }

        await host.Upstream.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(1), Token);
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((499, UsageOutcome.ClientGone, 7L), (usage.Status, usage.Outcome, usage.TokenId));
        Assert.True(usage.CompletionTokens > 0);
        Assert.Equal(0, host.Upstream.Running);
    }

    [Fact]
    public async Task A_client_that_stops_reading_is_cut_and_its_upstream_cancelled()
    {
        var time = new FakeTimeProvider();
        await using var host = await GatewayHost.StartAsync(null, time, Token);
        host.Upstream.Does((_, cancellationToken) => Endless(cancellationToken));
        using var client = await RawClient.PostAsync(host.Address, "/v1/chat/completions", Ask, Token);
        await client.ReadUntilAsync("xxx", Token);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(host.Upstream.Cancelled.Task.IsCompleted);
        }, Token);
        Assert.Equal(UsageOutcome.ClientGone, (await host.NextUsageAsync(Token)).Outcome);
    }

    [Fact]
    public async Task A_client_that_goes_away_before_the_answer_cancels_the_upstream_too()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Upstream.Does((_, cancelled) => TriedTwice(taken, cancelled));
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = host.ChatAsync(Ask, leave.Token);
        await taken.Task.WaitAsync(Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await host.Upstream.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal((UsageOutcome.ClientGone, 2, 8L, "super", ""), (usage.Outcome, usage.Attempts, usage.TokenId, usage.Pool, usage.Route));
    }

    [Fact]
    public async Task A_finished_stream_leaves_its_usage_record()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Served(tokenId: 12), Text("The quick brown fox jumps over the lazy dog."), Finished());
        using var response = await host.ChatAsync(Ask, Token);
        await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        var usage = await host.NextUsageAsync(Token);
        Assert.Equal(("grok-4.20", "/v1/chat/completions", 200, UsageOutcome.Completed), (usage.Model, usage.Endpoint, usage.Status, usage.Outcome));
        Assert.Equal((1L, 12L, "basic", "grok_web", 1), (usage.KeyId, usage.TokenId, usage.Pool, usage.Route, usage.Attempts));
        Assert.Equal((1, 10, true), (usage.PromptTokens, usage.CompletionTokens, usage.Estimated));
        Assert.NotNull(usage.FirstByteMs);
        Assert.Equal(response.Headers.GetValues("x-request-id").Single(), usage.RequestId);
    }

    [Fact]
    public async Task The_upstream_is_asked_in_words_of_no_dialect()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("x"), Finished());
        using var response = await host.ChatAsync("""
            {"model":"grok-4.20-heavy","stream":true,"temperature":0.5,"reasoning_effort":"LOW","deepsearch":"deeper","stop":"END","max_tokens":5,
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"!"}],"name":"Ann"}]}
            """, Token);
        var call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        Assert.Equal((false, "low", "deeper", 0.5, false), (call.Whole, call.ReasoningEffort, call.Deepsearch, call.Temperature, call.HasTopP));
        Assert.Equal(["Be brief.", "Hi", "!"], call.Messages.SelectMany(m => m.Parts).Select(p => p.Text));
        Assert.Equal(("system", "Ann", "END", 5, "1"), (call.Messages[0].Role, call.Messages[1].Name, call.Stop.Single(), call.MaxTokens, call.KeyId));
        var route = call.Routes.Single();
        Assert.Equal(("grok_web", "auto", "auto"), (route.Provider, route.Scope, route.UpstreamMode));
        Assert.Equal(["heavy"], route.Pools);
    }

    [Fact]
    public async Task Many_streams_at_once_do_not_mix()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Does((call, _) => Echo(call.Messages[0].Parts[0].Text));
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), Token, async (i, token) =>
        {
            using var response = await host.ChatAsync(Ask.Replace("Hi", $"<{i}>", StringComparison.Ordinal), token);
            var stream = await SseTranscript.ReadAsync(response, usageAsked: false, token);
            Assert.Equal(string.Concat(Enumerable.Repeat($"<{i}>", 50)), stream.Content);
        });
    }

    [Fact]
    public async Task A_large_event_is_one_chunk()
    {
        var text = string.Concat(Enumerable.Repeat("äöü\"\n", 100_000));
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text(text), Finished());
        using var response = await host.ChatAsync(Ask, Token);
        Assert.Equal(text, (await SseTranscript.ReadAsync(response, usageAsked: false, Token)).Content);
    }

    private static async IAsyncEnumerable<ChatEvent> Endless([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Yield();
            yield return Text(new string('x', 2000));
        }
    }

    private static async IAsyncEnumerable<ChatEvent> TriedTwice(TaskCompletionSource taken, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new ChatEvent { Tried = new Tried { TokenId = 7, Pool = "basic", Attempts = 1 } };
        yield return new ChatEvent { Tried = new Tried { TokenId = 8, Pool = "super", Attempts = 2 } };
        taken.SetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private static async IAsyncEnumerable<ChatEvent> Echo(string text)
    {
        for (var i = 0; i < 50; i++)
        {
            await Task.Yield();
            yield return Text(text);
        }

        yield return Finished();
    }
}

/// <summary>Reads a stream that still goes on.</summary>
internal sealed class LiveBody(Stream stream) : IDisposable
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    public async Task<SseTranscript> ReadUntilAsync(string expected, CancellationToken cancellationToken)
    {
        while (!Text.Contains(expected, StringComparison.Ordinal) || !Text.EndsWith("\n\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(_buffer, cancellationToken);
            Assert.NotEqual(0, read);
            var characters = new char[read + 4];
            _text.Append(characters, 0, _decoder.GetChars(_buffer, 0, read, characters, 0, flush: false));
        }

        return SseTranscript.ParseOpen(Text);
    }

    public void Dispose() => stream.Dispose();
}

/// <summary>Asserts the exact error envelope.</summary>
internal static class Envelope
{
    /// <returns>The message.</returns>
    public static async Task<string> AssertAsync(
        HttpResponseMessage response, int status, string type, string code, string? param, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.Contains("x-request-id"));
        Assert.True(response.Headers.Contains("X-Content-Type-Options"));
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal(status is 429 or 503, response.Headers.RetryAfter is not null);

        var root = JsonDocument.Parse(body).RootElement;
        var error = root.GetProperty("error");
        Assert.Equal(["error"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(p => p.Name));
        Assert.Equal((type, code, param), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        var message = error.GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
        return message;
    }
}
