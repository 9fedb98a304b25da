using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Answers: whole, streamed, broken off, started over, given up.</content>
public abstract partial class UpstreamChatContract
{
    [Fact]
    public async Task A_chat_is_served_and_finished()
    {
        Pool.Add(7, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text("Hello, \"world\" 😀!"));
        var events = await ChatAsync();
        Assert.True(Text(events).Length > 0, events[^1].ToString());
        Assert.Equal("Hello, \"world\" 😀!", Text(events));
        Assert.Equal(new Served { Route = "grok_web", TokenId = 7, Pool = "basic", Attempts = 1 }, events[0].Served);
        Assert.Equal("stop", events[^1].Finished.FinishReason);
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
        Assert.Equal("tok-a", Assert.Single(Grok.Chats).Token);
        Assert.Equal("Hi", Grok.Chats[0].Message);
        Assert.Equal("fast", Grok.Chats[0].Mode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task An_answer_cut_anywhere_reads_the_same(int bytes)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Think("Let me see.").Say("Grüße, 漢字 😀").End().Framed(Framing.ServerSent).CutEvery(bytes));
        var events = await ChatAsync();
        Assert.Equal("Grüße, 漢字 😀", Text(events));
        Assert.Equal("Let me see.", string.Concat(events.Where(e => e.EventCase == ChatEvent.EventOneofCase.Reasoning).Select(e => e.Reasoning.ToStringUtf8())));
    }

    [Fact]
    public async Task Events_arrive_as_the_upstream_sends_them()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Token("first").Hold("rest").Token(" second").End());
        await using var events = (await HomeAsync()).Chat.ChatAsync(Call("Hi"), Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(ChatEvent.EventOneofCase.Tried, events.Current.EventCase);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(ChatEvent.EventOneofCase.Served, events.Current.EventCase);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("first", events.Current.Text.ToStringUtf8());
        Grok.Gate("rest").Open();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(" second", events.Current.Text.ToStringUtf8());
    }

    [Fact]
    public async Task A_stream_broken_after_its_first_event_ends_in_band_and_is_not_retried()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Answer.Begin().Token("Hel").Drop());
        var events = await ChatAsync();
        Assert.Equal("Hel", Text(events));
        var failed = Failure(events);
        Assert.Equal(Failed.Types.Kind.BrokenOff, failed.Kind);
        Assert.Equal(1, failed.TokenId);
        Assert.Equal([LeaseOutcome.BrokenOff], await SettledAsync(1));
        Assert.Single(Grok.Chats);
    }

    [Fact]
    public async Task A_usage_limit_in_mid_stream_ends_in_band_and_is_told_to_the_pool()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Answer.Begin().Token("Hel").Error(8, "You have reached your usage limit."));
        Assert.Equal(Failed.Types.Kind.BrokenOff, Failure(await ChatAsync()).Kind);
        Assert.Equal([LeaseOutcome.QuotaExhausted], await SettledAsync(1));
    }

    [Fact]
    public async Task A_whole_call_broken_off_starts_over_and_says_so()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Begin().Token("Hel").Drop()).Respond(Answer.Text("Hello again"));
        var call = Call("Hi");
        call.Whole = true;
        var events = await ChatAsync(call);
        var restart = events.ToList().FindIndex(e => e.EventCase == ChatEvent.EventOneofCase.Restarted);
        Assert.True(restart > 0);
        Assert.Equal(2, events[restart + 1].Served.Attempts);
        Assert.Equal("Hello again", Text(events.Skip(restart)));
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task Silence_in_mid_stream_breaks_it_off()
    {
        IdleSeconds = 0.5;
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Token("Hel").Stall());
        var events = await ChatAsync();
        Assert.Equal(Failed.Types.Kind.BrokenOff, Failure(events).Kind);
        await Grok.UntilAsync(g => g.Chats[0].Disconnected, Cancelled);
    }

    [Fact]
    public async Task Each_try_is_told_before_it_is_made()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Status(500);
        Grok.ForToken("tok-b").Respond(Answer.Silent());
        List<Tried> tries = [];
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var chats = (await HomeAsync()).Chat;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var chatEvent in chats.ChatAsync(Call("Hi"), leaving.Token))
            {
                tries.Add(chatEvent.Tried);
                if (tries.Count == 3)
                    await leaving.CancelAsync();
            }
        });
        Assert.Equal([(1, "basic", 1), (1, "basic", 2), (2, "basic", 3)], tries.Select(t => (t.TokenId, t.Pool, t.Attempts)));
    }

    [Fact]
    public async Task A_call_that_is_served_by_its_third_try_told_of_three()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Status(500);
        Grok.ForToken("tok-b").Respond(Answer.Text("ok"));
        Assert.Equal(3, (await ChatAsync())[0].Served.Attempts);
        Assert.Equal([1, 2, 3], Tries.Select(t => t.Attempts));
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_upstream_answers_costs_nothing()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Silent());
        await LeaveAsync(() => Grok.UntilAsync(g => g.InFlight == 1, Cancelled));
        Assert.Equal([LeaseOutcome.Abandoned], await SettledAsync(1));
        await Grok.UntilAsync(g => g.Chats[0].Disconnected, Cancelled);
    }

    [Fact]
    public async Task A_client_that_leaves_after_the_upstream_began_has_used_its_unit()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Hold("rest"));
        await LeaveAsync(async () =>
        {
            await Grok.UntilAsync(g => g.Gate("rest").Waiting == 1, Cancelled);
            // Nobody outside can see that what was sent has also arrived.
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancelled);
        });
        Assert.Equal([LeaseOutcome.AbandonedLate], await SettledAsync(1));
        await Grok.UntilAsync(g => g.Chats[0].Disconnected, Cancelled);
    }

    [Fact]
    public async Task A_client_that_leaves_in_mid_stream_stops_the_upstream_and_frees_the_token()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Token("Hel").Stall());
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var chatEvent in (await HomeAsync()).Chat.ChatAsync(Call("Hi"), leaving.Token))
            {
                if (chatEvent.EventCase == ChatEvent.EventOneofCase.Text)
                    await leaving.CancelAsync();
            }
        });
        Assert.Equal([LeaseOutcome.BrokenOff], await SettledAsync(1));
        await Grok.UntilAsync(g => g.Chats[0].Disconnected, Cancelled);
    }

    [Fact]
    public async Task Giving_up_the_enumeration_stops_the_upstream()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Token("Hel").Stall());
        await foreach (var chatEvent in (await HomeAsync()).Chat.ChatAsync(Call("Hi"), Cancelled))
        {
            if (chatEvent.EventCase == ChatEvent.EventOneofCase.Text)
                break;
        }
        Assert.Equal([LeaseOutcome.BrokenOff], await SettledAsync(1));
        await Grok.UntilAsync(g => g.Chats[0].Disconnected, Cancelled);
    }

    [Fact]
    public async Task Many_chats_at_once_do_not_mix()
    {
        Pool.Add(1, "tok-a", slots: 25);
        Grok.ForAnyToken.Respond(request => Answer.Echo(request.Message).CutEvery(50));
        var home = await HomeAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 25).Select(async i => Text(await ChatAsync(Call($"number {i}")))));
        for (var i = 0; i < answers.Length; i++)
            Assert.EndsWith($"You said: number {i}", answers[i], StringComparison.Ordinal);
        Assert.All(await SettledAsync(25), outcome => Assert.Equal(LeaseOutcome.Succeeded, outcome));
    }

    private async Task LeaveAsync(Func<Task> when)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var home = await HomeAsync();
        var chat = Task.Run(async () =>
        {
            await foreach (var _ in home.Chat.ChatAsync(Call("Hi"), leaving.Token))
            {
            }
        }, Cancelled);
        await when();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat);
    }
}
