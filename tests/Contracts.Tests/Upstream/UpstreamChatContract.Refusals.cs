using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Refusals: what each does to the token, to the same request, and what its client is told.</content>
public abstract partial class UpstreamChatContract
{
    public static TheoryData<string, LeaseOutcome> NextTokenRefusals => new()
    {
        { "401", LeaseOutcome.TokenInvalid },
        { "429", LeaseOutcome.QuotaExhausted },
        { "usage limit", LeaseOutcome.QuotaExhausted },
        { "blocked", LeaseOutcome.TokenBlocked },
        { "forbidden", LeaseOutcome.TokenRejected },
    };

    [Theory]
    [MemberData(nameof(NextTokenRefusals))]
    public async Task A_refused_token_is_settled_and_the_next_one_answers(string refusal, LeaseOutcome outcome)
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(Script(refusal));
        Grok.ForToken("tok-b").Respond(Answer.Text("ok"));
        var events = await ChatAsync();
        Assert.Equal("ok", Text(events));
        Assert.Equal(new Served { Route = "grok_web", TokenId = 2, Pool = "basic", Attempts = 2 }, events[0].Served);
        Assert.Equal([outcome, LeaseOutcome.Succeeded], (await SettledAsync(2)).Order(Comparer<LeaseOutcome>.Create((a, b) => (a == LeaseOutcome.Succeeded).CompareTo(b == LeaseOutcome.Succeeded))));
        Assert.Equal([1], Pool.Wishes[1].Excluded);
    }

    [Theory]
    [MemberData(nameof(NextTokenRefusals))]
    public async Task Every_token_refused_is_a_502_and_never_the_clients_fault(string refusal, LeaseOutcome outcome)
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Script(refusal));
        var failed = Failure(await ChatAsync());
        Assert.Equal((Failed.Types.Kind.Upstream, 502, "upstream_error"), (failed.Kind, failed.HttpStatus, failed.Code));
        Assert.Equal(2, failed.Attempts);
        Assert.Equal(2, failed.TokenId);
        Assert.Contains("grok-4.20-fast", failed.Message, StringComparison.Ordinal);
        Assert.Equal([outcome, outcome], await SettledAsync(2));
    }

    [Fact]
    public async Task A_retry_after_reaches_the_pool_and_the_client()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.RateLimited(TimeSpan.FromSeconds(30)));
        Assert.Equal(30, Failure(await ChatAsync()).RetryAfterSeconds);
        await SettledAsync(1);
        Assert.Equal(30, Pool.Settlements[0].ResumeAfterSeconds);
    }

    public static TheoryData<string> PassingTroubles => ["500", "503", "dropped", "empty", "begun", "boom", "html", "cut"];

    [Theory]
    [MemberData(nameof(PassingTroubles))]
    public async Task Passing_trouble_is_tried_again_on_the_same_token(string trouble)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Script(trouble)).Respond(Answer.Text("ok"));
        var events = await ChatAsync();
        Assert.Equal("ok", Text(events));
        Assert.Equal(2, events[0].Served.Attempts);
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task Lasting_trouble_moves_to_the_next_token_after_its_tries()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Status(500);
        Grok.ForToken("tok-b").Respond(Answer.Text("ok"));
        Assert.Equal(3, (await ChatAsync())[0].Served.Attempts);
        Assert.Equal(2, (await SettledAsync(2)).Count);
        Assert.Contains(LeaseOutcome.UpstreamUnavailable, Pool.Outcomes);
        Assert.Equal(["tok-a", "tok-a", "tok-b"], Grok.Chats.Select(c => c.Token));
    }

    [Fact]
    public async Task No_more_tokens_are_tried_than_allowed()
    {
        Retry = new RetryOptions { MaxTokens = 2, PerTokenRetries = 1, BackoffBaseSeconds = 0 };
        Pool.Add(1, "tok-a").Add(2, "tok-b").Add(3, "tok-c");
        Grok.ForAnyToken.Status(503);
        Assert.Equal(2, Failure(await ChatAsync()).Attempts);
        Assert.Equal(2, Grok.Chats.Count);
    }

    [Fact]
    public async Task No_try_begins_beyond_the_retry_budget()
    {
        Retry = new RetryOptions { MaxTokens = 5, PerTokenRetries = 5, BackoffBaseSeconds = 50, BudgetSeconds = 10 };
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Status(503);
        Assert.Equal(1, Failure(await ChatAsync()).Attempts);
        Assert.Equal([LeaseOutcome.UpstreamUnavailable], await SettledAsync(1));
    }

    [Fact]
    public async Task An_upstream_that_never_answers_is_given_up_after_the_limit()
    {
        Retry = new RetryOptions { FirstByteTimeoutSeconds = 1.5, BackoffBaseSeconds = 0 };
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Silent()).Next(Answer.Begin().Stall());
        var failed = Failure(await ChatAsync());
        Assert.Equal((Failed.Types.Kind.Upstream, 502), (failed.Kind, failed.HttpStatus));
        Assert.Contains("1.5 s", failed.Message, StringComparison.Ordinal);
        Assert.Equal(2, failed.Attempts);
        await Grok.UntilAsync(g => g.Chats.All(c => c.Disconnected), Cancelled);
    }

    [Fact]
    public async Task An_unreachable_upstream_is_a_502()
    {
        Pool.Add(1, "tok-a");
        await HomeAsync();
        await Simulator.DisposeAsync();
        var failed = Failure(await ChatAsync());
        Assert.Equal((Failed.Types.Kind.Upstream, 502), (failed.Kind, failed.HttpStatus));
        Assert.Equal([LeaseOutcome.UpstreamUnavailable], await SettledAsync(1));
    }

    [Fact]
    public async Task A_challenge_is_tried_once_more_on_the_same_token()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Next(Answer.Challenge()).Respond(Answer.Text("ok"));
        Assert.Equal(new Served { Route = "grok_web", TokenId = 1, Pool = "basic", Attempts = 2 }, (await ChatAsync())[0].Served);
    }

    [Theory]
    [InlineData("challenge", "proxy.cf_clearance")]
    [InlineData("empty 403", "proxy.cf_clearance")]
    [InlineData("anti-bot", "header values of your own browser")]
    public async Task A_lasting_challenge_is_a_502_that_names_the_remedy_and_blames_no_token(string challenge, string remedy)
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Script(challenge));
        var failed = Failure(await ChatAsync());
        Assert.Equal((Failed.Types.Kind.Upstream, 502, 2), (failed.Kind, failed.HttpStatus, failed.Attempts));
        Assert.Contains(remedy, failed.Message, StringComparison.Ordinal);
        Assert.Equal([LeaseOutcome.ChallengeHit], await SettledAsync(1));
    }

    [Fact]
    public async Task A_policy_refusal_is_the_clients_400_and_no_other_token_is_tried()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Answer.Forbidden("This request violates our content policy."));
        var failed = Failure(await ChatAsync());
        Assert.Equal((Failed.Types.Kind.Policy, 400, "content_policy_violation"), (failed.Kind, failed.HttpStatus, failed.Code));
        Assert.Equal([LeaseOutcome.RefusedByPolicy], await SettledAsync(1));
    }

    [Fact]
    public async Task Without_a_token_the_failure_names_model_and_floor()
    {
        var failed = Failure(await ChatAsync());
        Assert.Equal((Failed.Types.Kind.NoToken, 503, "no_token_available"), (failed.Kind, failed.HttpStatus, failed.Code));
        Assert.Contains("grok-4.20-fast", failed.Message, StringComparison.Ordinal);
        Assert.Contains("pool basic", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Used_up_quota_says_when_to_come_back()
    {
        Pool.RefuseNext(NoToken.Types.Reason.Exhausted, 90);
        var failed = Failure(await ChatAsync());
        Assert.Equal("no_token_available", failed.Code);
        Assert.Equal(90, failed.RetryAfterSeconds);
        Assert.Contains("fast", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NoToken.Types.Reason.Busy)]
    [InlineData(NoToken.Types.Reason.Rebuilding)]
    public async Task A_busy_or_rebuilding_pool_is_asked_again_with_the_same_wish(NoToken.Types.Reason reason)
    {
        Pool.Add(1, "tok-a");
        Pool.RefuseNext(reason, 1);
        Pool.RefuseNext(reason, 1);
        Assert.NotEmpty(Text(await ChatAsync()));
        Assert.Equal(3, Pool.Wishes.Count);
        Assert.Single(Pool.Wishes.Select(w => w.BorrowId).Distinct());
    }

    [Fact]
    public async Task A_pool_that_stays_busy_is_no_token()
    {
        WaitForSlotSeconds = 0.3;
        Pool.Add(1, "tok-a", slots: 0);
        var failed = Failure(await ChatAsync());
        Assert.Equal("no_token_available", failed.Code);
        Assert.Contains("busy", failed.Message, StringComparison.Ordinal);
        Assert.True(Pool.Wishes.Count > 1);
    }

    [Fact]
    public async Task A_token_that_cannot_be_decrypted_is_passed_over()
    {
        Pool.Add(1, [1, 2, 3], slots: 1).Add(2, "tok-b");
        Assert.Equal(2, (await ChatAsync())[0].Served.TokenId);
        Assert.Contains(LeaseOutcome.Abandoned, await SettledAsync(2));
    }

    [Fact]
    public async Task Unknown_routes_and_fields_of_later_versions_are_said_to_be_unsupported()
    {
        Pool.Add(1, "tok-a");
        var call = Call("Hi");
        call.Routes[0].Provider = "elsewhere";
        Assert.Equal(Failed.Types.Kind.NotSupported, Failure(await ChatAsync(call)).Kind);

        call = Call("Hi");
        call.ResponseFormat = ByteString.CopyFromUtf8("{}");
        var failed = Failure(await ChatAsync(call));
        Assert.Equal((400, "unsupported_parameter", "response_format"), (failed.HttpStatus, failed.Code, failed.Param));
        Assert.Equal(Failed.Types.Kind.InvalidRequest, Failure(await ChatAsync(Call("  "))).Kind);
        Assert.Empty(Pool.Wishes);
    }

    private static Answer Script(string name) => name switch
    {
        "401" => Answer.Unauthorized(),
        "429" => Answer.RateLimited(),
        "usage limit" => Answer.UsageLimit(),
        "blocked" => Answer.BlockedUser(),
        "forbidden" => Answer.Forbidden("This model is not available to you."),
        "challenge" => Answer.Challenge(),
        "empty 403" => Answer.EmptyForbidden(),
        "anti-bot" => Answer.AntiBot(),
        "dropped" => Answer.Dropped(),
        "empty" => Answer.Empty(),
        "begun" => Answer.Begin(),
        "boom" => Answer.Begin().ResponseError(13, "internal"),
        "html" => Answer.Nothing().Raw("<html></html>"),
        "cut" => Answer.Begin().Raw("{\"result\":{\"resp"),
        _ => Answer.Status(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
    };
}
