using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Xai;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Refusals, broken streams and dead upstreams.</content>
public abstract partial class XaiChatContract
{
    public static TheoryData<string, LeaseOutcome> KeyTroubles => new()
    {
        { "401", LeaseOutcome.TokenInvalid },
        { "incorrect", LeaseOutcome.TokenInvalid },
        { "403", LeaseOutcome.TokenRejected },
        { "429", LeaseOutcome.QuotaExhausted },
    };

    [Theory]
    [MemberData(nameof(KeyTroubles))]
    public async Task A_refused_key_is_settled_and_the_next_one_answers(string trouble, LeaseOutcome outcome)
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForToken("xai-key-a").Respond(Script(trouble));
        var events = await ChatAsync(Call(Ask));
        Assert.Equal("Hello from the simulator. You said: Hi", Content(events));
        Assert.Equal(new Served { Route = "xai", TokenId = 2, Pool = "xai", Attempts = 2 }, events[0].Served);
        Assert.Equal([outcome, LeaseOutcome.Succeeded], (await SettledAsync(2)).OrderBy(o => o == LeaseOutcome.Succeeded));
        Assert.Equal([1], Pool.Wishes[1].Excluded);
    }

    [Theory]
    [InlineData("401")]
    [InlineData("incorrect")]
    [InlineData("403")]
    public async Task Every_key_refused_is_a_502_and_never_the_clients_fault(string trouble)
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Respond(Script(trouble));
        var failed = Failure(await ChatAsync(Call(Ask)));
        Assert.Equal((Failed.Types.Kind.Upstream, 502, "upstream_error", 2), (failed.Kind, failed.HttpStatus, failed.Code, failed.Attempts));
    }

    [Theory]
    [InlineData("401", LeaseOutcome.TokenInvalid, 1)]
    [InlineData("401", LeaseOutcome.TokenInvalid, 20)]
    [InlineData("429", LeaseOutcome.QuotaExhausted, 1)]
    [InlineData("429", LeaseOutcome.QuotaExhausted, 40)]
    public async Task A_refusal_counts_by_its_status_wherever_its_body_breaks(string trouble, LeaseOutcome outcome, long offset)
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForToken("xai-key-a").Respond(Script(trouble).DropAtByte(offset));
        Assert.Equal("Hello from the simulator. You said: Hi", Content(await ChatAsync(Call(Ask))));
        Assert.Equal([outcome, LeaseOutcome.Succeeded], (await SettledAsync(2)).OrderBy(o => o == LeaseOutcome.Succeeded));
    }

    [Fact]
    public async Task A_rate_limit_of_every_key_is_a_429_that_says_when_to_come_back()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(XaiRefusal.RateLimited(TimeSpan.FromSeconds(30)));
        var failed = Failure(await ChatAsync(Call(Ask)));
        Assert.Equal((Failed.Types.Kind.RateLimited, 429, "rate_limit_exceeded", 30), (failed.Kind, failed.HttpStatus, failed.Code, failed.RetryAfterSeconds));
        await SettledAsync(1);
        Assert.Equal(30, Pool.Settlements[0].ResumeAfterSeconds);
    }

    [Theory]
    [InlineData("1m30s", 90)]
    [InlineData("12s", 12)]
    [InlineData("2", 2)]
    public async Task Without_a_retry_after_the_rate_limit_headers_say_how_long_a_key_rests(string reset, double seconds)
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(XaiRefusal.RateLimitedUntil(reset));
        Assert.Equal(seconds, Failure(await ChatAsync(Call(Ask))).RetryAfterSeconds);
    }

    [Fact]
    public async Task A_rate_limit_that_says_nothing_leaves_the_rest_to_the_pool()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(XaiRefusal.RateLimited());
        Assert.Equal(0, Failure(await ChatAsync(Call(Ask))).RetryAfterSeconds);
        await SettledAsync(1);
        Assert.Equal((LeaseOutcome.QuotaExhausted, 0), (Pool.Outcomes[0], Pool.Settlements[0].ResumeAfterSeconds));
    }

    [Fact]
    public async Task A_clients_mistake_stays_its_own_with_the_upstreams_words_but_no_secret()
    {
        Pool.Add(1, "xai-key-a", slots: 10).Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Respond(XaiRefusal.NoSuchModel("grok-9"));
        var failed = Failure(await ChatAsync(Call(Ask)));
        // Each key's team may have models of its own.
        Assert.Equal((404, "model_not_found", 2), (failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Equal("The model grok-9 does not exist or your team **** does not have access to it.", failed.Message);

        Api.Chat.ForAnyToken.Respond(Answer.Status(
            400, """{"error":{"message":"max_tokens is too large for xai-key-a, see https://docs.x.ai/limits","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}}""", "application/json"));
        failed = Failure(await ChatAsync(Call(Ask)));
        Assert.Equal((400, "invalid_value", "max_tokens"), (failed.HttpStatus, failed.Code, failed.Param));
        Assert.StartsWith("max_tokens is too large for ****", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LeaseOutcome.TokenInvalid, await SettledAsync(2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_in_place_of_an_answer_is_told_in_the_upstreams_words(bool whole)
    {
        Pool.Add(1, "xai-key-a");
        Retry = new() { BackoffBaseSeconds = 0, PerTokenRetries = 1 };
        const string Error = """{"error":{"message":"The engine of xai-key-a is overloaded","type":"server_error"}}""";
        Api.Chat.ForAnyToken.Respond(whole ? Answer.Json(Error) : Answer.Stream().Raw($"data: {Error}\n\n"));
        var failed = Failure(await ChatAsync(Call(Ask, whole)));
        Assert.Equal((502, "upstream_error", "The upstream reported an error in its answer: The engine of **** is overloaded"), (failed.HttpStatus, failed.Code, failed.Message));
    }

    [Fact]
    public async Task An_error_that_breaks_an_answer_is_told_in_the_upstreams_words()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(Answer.Stream()
            .Raw("data: {\"id\":\"1\",\"model\":\"grok-4\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n")
            .Raw("data: {\"error\":{\"message\":\"The engine stopped\",\"type\":\"server_error\"}}\n\n"));
        var failed = Failure(await ChatAsync(Call(Ask)));
        Assert.Equal(Failed.Types.Kind.BrokenOff, failed.Kind);
        Assert.EndsWith("broke off: The upstream reported an error in its answer: The engine stopped", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_in_place_of_an_answer_that_says_what_it_is_counts_as_that()
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForToken("xai-key-a").Respond(Answer.Stream().Raw("data: {\"error\":{\"message\":\"Slow down\",\"code\":\"rate_limit_exceeded\"}}\n\n"));
        Assert.Equal("Hello from the simulator. You said: Hi", Content(await ChatAsync(Call(Ask))));
        Assert.Contains(LeaseOutcome.QuotaExhausted, await SettledAsync(2));
    }

    [Theory]
    [InlineData("""{"id":"1","object":"chat.completion.chunk","created":1,"model":"grok-4","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}""")]
    [InlineData("""{"id":"1","model":"grok-4","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null}}],"usage":null}""")]
    [InlineData("""{"id":"1","model":"grok-4","choices":[],"prompt_filter_results":[{"prompt_index":0}]}""")]
    public async Task A_stream_that_breaks_before_it_says_anything_is_tried_again(string chunk)
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Next(Answer.Stream().Raw($"data: {chunk}\n\n"))
            .Respond(Answer.Stream().Raw($"data: {chunk}\n\ndata: {{\"id\":\"1\",\"model\":\"grok-4\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"All\"}}}}]}}\n\ndata: [DONE]\n\n"));
        var events = await ChatAsync(Call(Ask));
        Assert.Equal((2, "All"), (events[0].Served.Attempts, Content(events)));
        // What came before is not lost.
        Assert.Equal(2, events.Count(e => e.EventCase == ChatEvent.EventOneofCase.OpenaiChunk));
    }

    [Fact]
    public async Task A_stream_may_begin_with_a_byte_order_mark()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(Answer.Stream()
            .Raw("\uFEFFdata: {\"id\":\"1\",\"model\":\"grok-4\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"All\"}}]}\n\ndata: [DONE]\n\n"));
        Assert.Equal("All", Content(await ChatAsync(Call(Ask))));
    }

    [Fact]
    public async Task A_refusal_for_the_content_is_a_policy_violation()
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Respond(XaiRefusal.Policy());
        var failed = Failure(await ChatAsync(Call(Ask)));
        Assert.Equal((400, "content_policy_violation", 1), (failed.HttpStatus, failed.Code, failed.Attempts));
    }

    [Theory]
    [InlineData("500", false)]
    [InlineData("500", true)]
    [InlineData("dropped", false)]
    [InlineData("dropped", true)]
    [InlineData("empty", false)]
    [InlineData("empty", true)]
    [InlineData("html", false)]
    [InlineData("html", true)]
    [InlineData("error", false)]
    [InlineData("error", true)]
    public async Task Passing_trouble_before_the_answer_is_tried_again(string trouble, bool whole)
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Next(Script(trouble));
        var events = await ChatAsync(Call(Ask, whole));
        Assert.Equal(2, events[0].Served.Attempts);
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task Lasting_trouble_moves_to_the_next_key()
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForToken("xai-key-a").Status(503);
        Assert.Equal((2L, 3), ((await ChatAsync(Call(Ask)))[0].Served is var served ? served.TokenId : 0, served.Attempts));
    }

    [Fact]
    public async Task A_silent_upstream_is_given_up_in_time()
    {
        Pool.Add(1, "xai-key-a");
        Retry = new() { BackoffBaseSeconds = 0, FirstByteTimeoutSeconds = 1, PerTokenRetries = 1 };
        Api.Chat.ForAnyToken.Respond(Answer.Silent());
        Assert.Equal(502, Failure(await ChatAsync(Call(Ask))).HttpStatus);
        Assert.Equal([LeaseOutcome.UpstreamUnavailable], await SettledAsync(1));
    }

    [Fact]
    public async Task A_stream_that_falls_silent_is_broken_off()
    {
        Pool.Add(1, "xai-key-a");
        IdleSeconds = 1;
        Api.Chat.ForAnyToken.Respond(Answer.Stream().Raw(Event("Once")).Stall());
        var events = await ChatAsync(Call(Ask));
        Assert.Equal("Once", Content(events));
        Assert.Equal((Failed.Types.Kind.BrokenOff, 502), (Failure(events).Kind, Failure(events).HttpStatus));
        Assert.Equal([LeaseOutcome.BrokenOff], await SettledAsync(1));
    }

    [Fact]
    public async Task An_error_in_the_middle_of_a_stream_breaks_it_off()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(Answer.Stream().Raw(Event("Once")).Raw("data: {\"error\":{\"message\":\"boom at https://x.ai\"}}\n\ndata: [DONE]\n\n"));
        var events = await ChatAsync(Call(Ask));
        Assert.Equal("Once", Content(events));
        Assert.Equal(Failed.Types.Kind.BrokenOff, Failure(events).Kind);
    }

    [Fact]
    public async Task A_key_that_is_revoked_while_a_stream_runs_ends_with_the_next_request_only()
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForToken("xai-key-a").Next(Answer.Stream().Raw(Event("Once ")).Hold("middle").Raw(Event("upon")).Raw("data: [DONE]\n\n")).Respond(XaiRefusal.Unauthorized());
        var running = ChatAsync(Call(Ask));
        await Grok.UntilAsync(g => g.Gate("middle").Waiting == 1, Cancelled);
        Grok.Gate("middle").Open();
        Assert.Equal("Once upon", Content(await running));
        Assert.Equal(2, (await ChatAsync(Call(Ask)))[0].Served.TokenId);
    }

    [Fact]
    public async Task A_stream_cut_at_any_byte_is_whole_or_told_to_be_broken()
    {
        Pool.Add(1, "xai-key-a", slots: 100);
        Retry = new() { BackoffBaseSeconds = 0, PerTokenRetries = 1, MaxTokens = 1, BreakerFailureRatio = 0 };
        var whole = Event("Once ") + ": comment\r\n" + Event("upon") + "data: [DONE]\n\n";
        var home = await HomeAsync();
        Assert.NotNull(home);
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            Api.Chat.ForAnyToken.Respond(Answer.Stream().Raw(whole).DropAtByte(cut));
            var events = await ChatAsync(Call(Ask));
            if (events[^1].EventCase == ChatEvent.EventOneofCase.Finished)
                Assert.Equal("Once upon", Content(events));
            else
                Assert.True(cut < whole.Length, $"cut at {cut}");
            Assert.All(Chunks(events), c => JsonDocument.Parse(c).Dispose());
        }
    }

    [Fact]
    public async Task A_stream_in_pieces_of_any_size_is_the_same()
    {
        Pool.Add(1, "xai-key-a", slots: 10);
        foreach (var size in new[] { 1, 2, 3, 7, 64 })
        {
            Api.Chat.ForAnyToken.Respond(r => XaiReply.Text("Größe 😀 matters").For(r).CutEvery(size));
            Assert.Equal("Größe 😀 matters", Content(await ChatAsync(Call(Ask))));
        }
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_upstream_and_its_lease()
    {
        Pool.Add(1, "xai-key-a");
        Api.Chat.ForAnyToken.Respond(Answer.Stream().Raw(Event("Once")).Stall());
        using var leaving = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var chatEvent in (await HomeAsync()).Chat.ChatAsync(Call(Ask), leaving.Token))
            {
                if (chatEvent.EventCase == ChatEvent.EventOneofCase.OpenaiChunk)
                    await leaving.CancelAsync();
            }
        });
        await Grok.UntilAsync(g => g.InFlight == 0 && g.ApiChats[0].Disconnected, Cancelled);
        Assert.Equal([LeaseOutcome.BrokenOff], await SettledAsync(1));
    }

    [Fact]
    public async Task The_next_route_is_asked_where_the_first_has_no_key()
    {
        Pool.RefuseNext(NoToken.Types.Reason.NoSuchPool, 0);
        Pool.Add(1, "tok-a");
        var call = Call(Ask);
        call.Routes.Add(new Route { Provider = "grok_web", Pools = { "basic" }, Scope = "fast", UpstreamMode = "fast" });
        call.Messages.Add(new Message { Role = "user", Parts = { new Part { Text = "Hi" } } });
        var events = await ChatAsync(call);
        Assert.Equal(("grok_web", "basic"), (events[0].Served.Route, events[0].Served.Pool));
        Assert.Equal(["xai", "basic"], Pool.Wishes.Select(w => w.Pools[0]));
    }

    [Fact]
    public async Task Pictures_come_as_bytes_and_without_an_address()
    {
        Pool.Add(1, "xai-key-a", slots: 10);
        var call = Call("""{"model":"xai/grok-2-image","prompt":"A cat","response_format":"url","n":2}""", whole: true);
        call.Door = ChatCall.Types.Door.Images;
        call.Routes[0].UpstreamModel = "grok-2-image";
        var answer = Assert.Single(Chunks(await ChatAsync(call)));
        Assert.Equal(2, JsonDocument.Parse(answer).RootElement.GetProperty("data").GetArrayLength());
        Assert.DoesNotContain("url", answer, StringComparison.Ordinal);

        Api.Images.ForAnyToken.Respond(Answer.Json("""{"data":[{"url":"https://imgen.x.ai/simulated.jpeg"}]}"""));
        Assert.Equal(502, Failure(await ChatAsync(call)).HttpStatus);
    }

    private static Answer Script(string trouble) => trouble switch
    {
        "401" => XaiRefusal.Unauthorized(),
        "incorrect" => XaiRefusal.IncorrectKey(),
        "403" => XaiRefusal.NoCredits(),
        "429" => XaiRefusal.RateLimited(TimeSpan.FromSeconds(5)),
        "500" => Answer.Status(500),
        "dropped" => Answer.Dropped(),
        "empty" => Answer.Empty(),
        "html" => Answer.Status(200, "<html>busy</html>", "text/html"),
        _ => Answer.Status(200, """data: {"error":{"message":"overloaded"}}""" + "\n\n", "text/event-stream"),
    };

    private static string Event(string content) =>
        "data: {\"id\":\"sim\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"grok-4\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + content + "\"}}]}\n\n";
}
