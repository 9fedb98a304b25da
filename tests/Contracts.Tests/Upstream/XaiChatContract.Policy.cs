using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Xai;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>A second key beside a slow one, and statuses that are taken for a challenge.</content>
public abstract partial class XaiChatContract
{
    [Theory]
    [InlineData(false, false, LeaseOutcome.Abandoned)]
    [InlineData(true, false, LeaseOutcome.AbandonedLate)]
    [InlineData(false, true, LeaseOutcome.Abandoned)]
    [InlineData(true, true, LeaseOutcome.AbandonedLate)]
    public async Task A_second_key_answers_for_a_slow_one_whose_unit_is_kept_only_where_the_upstream_had_sent_something(bool headers, bool whole, LeaseOutcome outcome)
    {
        Retry = new() { HedgeAfterSeconds = 0.05, BackoffBaseSeconds = 0 };
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForToken("xai-key-a").Respond(headers ? Answer.Stream().Raw(whole ? "" : ": soon\n\n").Stall() : Answer.Silent());
        var events = await ChatAsync(Call(Ask, whole));
        Assert.Equal(new Served { Route = "xai", TokenId = 2, Pool = "xai", Attempts = 2 }, events[0].Served);
        Assert.Equal([outcome, LeaseOutcome.Succeeded], (await SettledAsync(2)).OrderBy(o => o == LeaseOutcome.Succeeded));
        await Grok.UntilAsync(g => g.ApiChats[0].Disconnected, Cancelled);
    }

    [Fact]
    public async Task A_whole_answer_that_has_begun_is_not_slow_however_long_it_takes()
    {
        Retry = new() { HedgeAfterSeconds = 1, BackoffBaseSeconds = 0 };
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Respond(r => XaiReply.Text("ok").For(r).CutAt(1).CutPause(TimeSpan.FromSeconds(2)));
        Assert.Equal((1, 1), ((await ChatAsync(Call(Ask, whole: true)))[0].Served.TokenId, Pool.Wishes.Count));
    }

    [Theory]
    [InlineData(true, LeaseOutcome.ChallengeHit)]
    [InlineData(false, LeaseOutcome.UpstreamUnavailable)]
    public async Task A_listed_status_is_tried_again_with_its_key_on_fresh_connections(bool listed, LeaseOutcome outcome)
    {
        Retry = new() { BackoffBaseSeconds = 0, MaxTokens = 1, ResetSessionStatusCodes = listed ? [503] : [] };
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Respond(Answer.Status(503));
        Assert.Equal((502, 2), Failure(await ChatAsync(Call(Ask))) is var failed ? (failed.HttpStatus, failed.Attempts) : default);
        Assert.Equal(listed ? 2 : 1, Grok.ApiChats.Select(r => r.Connection).Distinct().Count());
        Assert.Equal([outcome], await SettledAsync(1));
    }

    [Fact]
    public async Task A_listed_status_that_is_the_clients_mistake_stays_one()
    {
        Retry = new() { BackoffBaseSeconds = 0, ResetSessionStatusCodes = [422] };
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Respond(Answer.Status(422, """{"error":{"message":"Too hot.","param":"temperature"}}""", "application/json"));
        var failed = Failure(await ChatAsync(Call(Ask)));
        Assert.Equal((422, "Too hot.", "temperature", 1), (failed.HttpStatus, failed.Message, failed.Param, failed.Attempts));
        Assert.Single(Grok.ApiChats);
    }

    [Fact]
    public async Task Pictures_are_not_asked_for_twice()
    {
        Retry = new() { HedgeAfterSeconds = 0.01, BackoffBaseSeconds = 0 };
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        var call = Call("""{"model":"xai/grok-2-image","prompt":"A cat"}""", whole: true);
        call.Door = ChatCall.Types.Door.Images;
        Api.Images.ForAnyToken.Respond(Answer.Status(200, "{\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}]}", "application/json").HeadersAfter(TimeSpan.FromMilliseconds(300)));
        Assert.Equal(ChatEvent.EventOneofCase.Finished, (await ChatAsync(call))[^1].EventCase);
        Assert.Single(Pool.Wishes);
        Assert.Single(Tries);
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }
}
