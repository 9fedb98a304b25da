using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>A second token beside a slow one.</content>
public abstract partial class UpstreamChatContract
{
    private static RetryOptions Hedging => new() { HedgeAfterSeconds = 0.05, BackoffBaseSeconds = 0 };

    [Theory]
    [InlineData(false, false, LeaseOutcome.Abandoned)]
    [InlineData(true, false, LeaseOutcome.AbandonedLate)]
    [InlineData(false, true, LeaseOutcome.Abandoned)]
    [InlineData(true, true, LeaseOutcome.AbandonedLate)]
    public async Task A_second_token_answers_for_a_slow_one_whose_unit_is_kept_only_where_the_upstream_had_sent_something(bool headers, bool whole, LeaseOutcome outcome)
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(headers ? Answer.Begin().Stall() : Answer.Silent());
        Grok.ForToken("tok-b").Respond(Answer.Text("ok"));
        var call = Call("Hi");
        (call.Whole, call.Affinity) = (whole, "conversation");
        var events = await ChatAsync(call);
        Assert.Equal("ok", Text(events));
        Assert.Equal(new Served { Route = "grok_web", TokenId = 2, Pool = "basic", Attempts = 2 }, events[0].Served);
        Assert.Equal([(1, 1), (2, 2)], Tries.Select(t => ((int)t.TokenId, t.Attempts)));
        Assert.Equal([outcome, LeaseOutcome.Succeeded], (await SettledAsync(2)).OrderBy(o => o == LeaseOutcome.Succeeded));
        Assert.Equal(([1L], ""), (Pool.Wishes[1].Excluded, Pool.Wishes[1].Affinity));
        await Grok.UntilAsync(g => g.Chats[0].Disconnected, Cancelled);
    }

    [Fact]
    public async Task A_slow_first_token_that_answers_before_the_second_goes_on()
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(Answer.Text("ok").HeadersAtGate("a"));
        Grok.ForToken("tok-b").Respond(Answer.Silent());
        var chat = ChatAsync();
        await Grok.UntilAsync(g => g.Chats.Count == 2, Cancelled);
        Grok.Gate("a").Open();
        var events = await chat;
        Assert.Equal("ok", Text(events));
        Assert.Equal((1, 2), (events[0].Served.TokenId, events[0].Served.Attempts));
        Assert.Equal([LeaseOutcome.Abandoned, LeaseOutcome.Succeeded], (await SettledAsync(2)).OrderBy(o => o == LeaseOutcome.Succeeded));
    }

    [Theory]
    [MemberData(nameof(NextTokenRefusals))]
    public async Task A_second_token_that_is_refused_is_settled_at_once_and_the_first_goes_on(string refusal, LeaseOutcome outcome)
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(Answer.Text("ok").HeadersAtGate("a"));
        Grok.ForToken("tok-b").Respond(Script(refusal));
        var chat = ChatAsync();
        await Pool.UntilAsync(p => p.Outcomes.SequenceEqual([outcome]), Cancelled);
        Grok.Gate("a").Open();
        Assert.Equal("ok", Text(await chat));
        Assert.Equal([outcome, LeaseOutcome.Succeeded], await SettledAsync(2));
    }

    [Theory]
    [MemberData(nameof(NextTokenRefusals))]
    public async Task A_first_token_that_is_refused_is_settled_at_once_and_the_second_goes_on(string refusal, LeaseOutcome outcome)
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(Script(refusal).HeadersAtGate("a"));
        Grok.ForToken("tok-b").Respond(Answer.Text("ok").HeadersAtGate("b"));
        var chat = ChatAsync();
        await Grok.UntilAsync(g => g.Gate("b").Waiting == 1, Cancelled);
        Grok.Gate("a").Open();
        await Pool.UntilAsync(p => p.Outcomes.SequenceEqual([outcome]), Cancelled);
        Grok.Gate("b").Open();
        Assert.Equal((2, 2), ((await chat)[0].Served.TokenId, Grok.Chats.Count));
        Assert.Equal([outcome, LeaseOutcome.Succeeded], await SettledAsync(2));
    }

    [Fact]
    public async Task Where_both_fail_the_first_ones_tries_go_on()
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Next(Answer.Status(503).HeadersAtGate("a")).Respond(Answer.Text("ok"));
        Grok.ForToken("tok-b").Respond(Answer.RateLimited());
        var chat = ChatAsync();
        await Pool.UntilAsync(p => p.Outcomes.Count == 1, Cancelled);
        Grok.Gate("a").Open();
        Assert.Equal(new Served { Route = "grok_web", TokenId = 1, Pool = "basic", Attempts = 3 }, (await chat)[0].Served);
        Assert.Equal([LeaseOutcome.QuotaExhausted, LeaseOutcome.Succeeded], await SettledAsync(2));
    }

    [Fact]
    public async Task A_policy_refusal_of_the_second_ends_the_request_once_the_first_has_failed_too()
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b").Add(3, "tok-c");
        Grok.ForToken("tok-a").Respond(Answer.Status(503).HeadersAtGate("a"));
        Grok.ForToken("tok-b").Respond(Answer.Forbidden("This request violates our content policy."));
        var chat = ChatAsync();
        await Pool.UntilAsync(p => p.Outcomes.SequenceEqual([LeaseOutcome.RefusedByPolicy]), Cancelled);
        Grok.Gate("a").Open();
        var failed = Failure(await chat);
        Assert.Equal((400, "content_policy_violation", 2), (failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Equal([LeaseOutcome.RefusedByPolicy, LeaseOutcome.UpstreamUnavailable], await SettledAsync(2));
    }

    [Fact]
    public async Task A_whole_answer_that_breaks_off_on_the_second_token_is_begun_anew_on_another()
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b").Add(3, "tok-c");
        Grok.ForToken("tok-a").Respond(Answer.Silent());
        Grok.ForToken("tok-b").Respond(Answer.Begin().Say("Not this").Drop());
        Grok.ForToken("tok-c").Respond(Answer.Text("ok"));
        var call = Call("Hi");
        call.Whole = true;
        var events = await ChatAsync(call);
        var restart = events.ToList().FindIndex(e => e.EventCase == ChatEvent.EventOneofCase.Restarted);
        Assert.Equal("ok", Text(events.Skip(restart)));
        Assert.Equal(["tok-a", "tok-b", "tok-c"], Grok.Chats.Select(c => c.Token));
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.Abandoned, LeaseOutcome.BrokenOff], (await SettledAsync(3)).Order());
    }

    [Fact]
    public async Task Where_no_other_token_is_free_a_slow_one_is_waited_for()
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b", slots: 0);
        Grok.ForAnyToken.Respond(Answer.Text("ok").HeadersAtGate("a"));
        var chat = ChatAsync();
        await Pool.UntilAsync(p => p.Wishes.Count == 2, Cancelled);
        Grok.Gate("a").Open();
        Assert.Equal((1, 1), ((await chat)[0].Served.TokenId, Tries.Count));
    }

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0, 5)]
    public async Task No_second_token_is_asked_beyond_max_tokens_nor_unless_it_is_switched_on(double after, int maxTokens)
    {
        Retry = new() { HedgeAfterSeconds = after, MaxTokens = maxTokens };
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Answer.Text("ok").HeadersAfter(TimeSpan.FromMilliseconds(300)));
        Assert.Equal("ok", Text(await ChatAsync()));
        Assert.Single(Pool.Wishes);
    }

    [Fact]
    public async Task A_second_token_counts_as_one_of_the_tokens_of_a_request()
    {
        Retry = new() { HedgeAfterSeconds = 0.05, BackoffBaseSeconds = 0, MaxTokens = 2, PerTokenRetries = 1 };
        Pool.Add(1, "tok-a").Add(2, "tok-b").Add(3, "tok-c");
        Grok.ForToken("tok-a").Respond(Answer.RateLimited().HeadersAtGate("a"));
        Grok.ForToken("tok-b").Respond(Answer.RateLimited());
        var chat = ChatAsync();
        await Pool.UntilAsync(p => p.Outcomes.Count == 1, Cancelled);
        Grok.Gate("a").Open();
        Assert.Equal(2, Failure(await chat).Attempts);
        Assert.Equal(2, Grok.Chats.Count);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_both()
    {
        Retry = Hedging;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(Answer.Silent());
        Grok.ForToken("tok-b").Respond(Answer.Begin().Stall());
        using var client = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var home = await HomeAsync();
        var reading = Task.Run(async () =>
        {
            await foreach (var _ in home.Chat.ChatAsync(Call("Hi"), client.Token))
            {
            }
        }, Cancelled);
        await Grok.UntilAsync(g => g.Chats.Count == 2, Cancelled);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => reading);
        Assert.Equal(2, (await SettledAsync(2)).Count);
        Assert.All(Pool.Outcomes, o => Assert.True(o is LeaseOutcome.Abandoned or LeaseOutcome.AbandonedLate));
        await Grok.UntilAsync(g => g.Chats.All(c => c.Disconnected), Cancelled);
    }
}
