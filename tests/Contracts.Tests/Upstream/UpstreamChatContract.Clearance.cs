using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Solver;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Clearances of a solver, and what a challenge does where there is one.</content>
public abstract partial class UpstreamChatContract
{
    private static ProxyOptions WithSolver { get; } = new() { Enabled = true, FlareSolverrUrl = "http://solver.example" };

    [Fact]
    public async Task The_solvers_cookies_and_user_agent_go_together_with_every_request()
    {
        Proxy = WithSolver with { CfCookies = "__cf_bm=mine", UserAgent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/1.0" };
        Clearances.Current = Clearances.Of("c1", SimulatedSolver.UserAgent);
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", PicturePath, 100, moderated: false).Final("", PicturePath));
        await ChatAsync();
        Assert.Equal([Surface.Chat, Surface.Asset], Grok.Requests.Select(r => r.Surface));
        Assert.All(Grok.Requests, r =>
        {
            Assert.Equal("sso=tok-a; sso-rw=tok-a; cf_clearance=c1; __cf_bm=b", Assert.Single(r.Headers["Cookie"]));
            Assert.Equal(SimulatedSolver.UserAgent, Assert.Single(r.Headers["User-Agent"]));
        });
    }

    [Fact]
    public async Task A_challenged_request_waits_for_the_solve_and_goes_on_with_its_token()
    {
        Proxy = WithSolver;
        Grok.Solver.IsGateClosed = true;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.Solver.Solution("fresh", SimulatedSolver.UserAgent);
        var solve = new TaskCompletionSource();
        Clearances.OnChallenge = async () =>
        {
            await solve.Task;
            return Clearances.Of("fresh", SimulatedSolver.UserAgent);
        };
        Grok.ForAnyToken.Respond(Answer.Text("ok"));
        var chatting = ChatAsync();
        while (Clearances.Challenges.IsEmpty)
            await Task.Delay(10, Cancelled);
        Assert.Single(Grok.Chats);
        solve.SetResult();
        Assert.Equal(new Served { Route = "grok_web", TokenId = 1, Pool = "basic", Attempts = 2 }, (await chatting)[0].Served);
        Assert.Equal(("", 30), (Assert.Single(Clearances.Challenges).VersionSeen, Clearances.Challenges.First().WaitSeconds));
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task A_solver_that_does_not_help_is_a_502_that_says_so_after_all_tries_of_one_token()
    {
        Proxy = WithSolver;
        Retry = new RetryOptions { BackoffBaseSeconds = 0, PerTokenRetries = 3 };
        Grok.Solver.IsGateClosed = true;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        var failed = Failure(await ChatAsync());
        Assert.Equal((502, 3), (failed.HttpStatus, failed.Attempts));
        Assert.Contains("/admin/clearance", failed.Message, StringComparison.Ordinal);
        Assert.Equal([LeaseOutcome.ChallengeHit], await SettledAsync(1));
        Assert.All(Grok.Chats, c => Assert.Equal("tok-a", c.Token));
    }

    [Fact]
    public async Task A_listed_status_is_a_challenge_that_asks_for_a_solve_and_goes_on_with_its_token_on_fresh_connections()
    {
        Proxy = WithSolver;
        Retry = new RetryOptions { BackoffBaseSeconds = 0, ResetSessionStatusCodes = [520] };
        Clearances.OnChallenge = () => Task.FromResult(Clearances.Of("fresh", SimulatedSolver.UserAgent));
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Next(Answer.Status(520)).Respond(Answer.Text("ok"));
        Assert.Equal(new Served { Route = "grok_web", TokenId = 1, Pool = "basic", Attempts = 2 }, (await ChatAsync())[0].Served);
        Assert.Single(Clearances.Challenges);
        Assert.Contains("cf_clearance=fresh", Grok.Chats[1].Headers["Cookie"].Single(), StringComparison.Ordinal);
        Assert.NotEqual(Grok.Chats[0].Connection, Grok.Chats[1].Connection);
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task A_lasting_listed_status_is_a_502_after_one_try_on_fresh_connections_and_blames_no_token()
    {
        Retry = new RetryOptions { BackoffBaseSeconds = 0, PerTokenRetries = 3, ResetSessionStatusCodes = [403, 503] };
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Status(503);
        var failed = Failure(await ChatAsync());
        Assert.Equal((502, "upstream_error", 2), (failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Contains("retry.reset_session_status_codes", failed.Message, StringComparison.Ordinal);
        Assert.Equal([LeaseOutcome.ChallengeHit], await SettledAsync(1));
    }

    [Theory]
    [MemberData(nameof(NextTokenRefusals))]
    public async Task Statuses_that_say_what_they_mean_keep_their_meaning_where_they_are_listed(string refusal, LeaseOutcome outcome)
    {
        Retry = new RetryOptions { BackoffBaseSeconds = 0, ResetSessionStatusCodes = [401, 403, 429] };
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(Script(refusal));
        Assert.Equal(2, (await ChatAsync())[0].Served.TokenId);
        Assert.Equal([outcome, LeaseOutcome.Succeeded], (await SettledAsync(2)).OrderBy(o => o == LeaseOutcome.Succeeded));
    }

    [Fact]
    public async Task A_challenge_in_the_stream_asks_for_a_solve_too()
    {
        Proxy = WithSolver;
        Clearances.OnChallenge = () => Task.FromResult(Clearances.Of("fresh", SimulatedSolver.UserAgent));
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.AntiBot()).Respond(Answer.Text("ok"));
        Assert.Equal(2, (await ChatAsync())[0].Served.Attempts);
        Assert.Single(Clearances.Challenges);
        Assert.Contains("cf_clearance=fresh", Grok.Chats[1].Headers["Cookie"].Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_challenged_picture_waits_for_the_solve_and_is_fetched_by_what_it_brings()
    {
        Proxy = WithSolver;
        Clearances.Current = Clearances.Of("old", SimulatedSolver.UserAgent);
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", PicturePath, 100, moderated: false).Final("", PicturePath));
        Grok.Assets.ForAnyToken.Next(Answer.Challenge()).Respond(Answer.File(Jpeg, "image/jpeg"));
        var solve = new TaskCompletionSource();
        Clearances.OnChallenge = async () =>
        {
            await solve.Task;
            return Clearances.Of("fresh", SimulatedSolver.UserAgent);
        };
        var chatting = ChatAsync();
        while (Clearances.Challenges.IsEmpty)
            await Task.Delay(10, Cancelled);
        Assert.Single(Pictures);
        solve.SetResult();
        Assert.Single(await chatting, e => e.EventCase == ChatEvent.EventOneofCase.Media);
        Assert.Equal(["old", "fresh"], Pictures.Select(p => ClearanceOf(p)));
        Assert.Equal("1", Assert.Single(Clearances.Challenges).VersionSeen);
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pictures_that_nobody_clears_wait_once_and_become_their_words(bool hasSolver)
    {
        Proxy = hasSolver ? WithSolver : new ProxyOptions();
        Pool.Add(1, "tok-a");
        var answer = Answer.Begin();
        for (var i = 1; i <= 3; i++)
            answer = answer.Image($"i{i}", $"users/u/generated/i{i}/image.jpg", 100, moderated: false);
        Grok.ForAnyToken.Respond(answer.Final(""));
        Grok.Assets.ForAnyToken.Respond(Answer.Challenge());
        var events = await ChatAsync();
        Assert.Equal(ChatEvent.EventOneofCase.Finished, events[^1].EventCase);
        Assert.DoesNotContain(events, e => e.EventCase == ChatEvent.EventOneofCase.Media);
        // The first one twice, the others once.
        Assert.Equal(4, Pictures.Count);
        Assert.Equal(hasSolver ? 1 : 0, Clearances.Challenges.Count);
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task A_picture_that_the_application_refuses_asks_for_no_solve()
    {
        Proxy = WithSolver;
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", PicturePath, 100, moderated: false).Final(""));
        Grok.Assets.ForAnyToken.Respond(Answer.Forbidden("Not yours"));
        Assert.Equal("image", Text(await ChatAsync()));
        Assert.Equal(3, Pictures.Count);
        Assert.Empty(Clearances.Challenges);
    }

    [Fact]
    public async Task A_challenged_upload_waits_for_the_solve_and_goes_on_with_its_token()
    {
        Proxy = WithSolver;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.Uploads.ForAnyToken.Next(Answer.Challenge());
        var solve = new TaskCompletionSource();
        Clearances.OnChallenge = async () =>
        {
            await solve.Task;
            return Clearances.Of("fresh", SimulatedSolver.UserAgent);
        };
        Grok.ForAnyToken.Respond(Answer.Text("A cat."));
        var chatting = ChatAsync(Looking());
        while (Clearances.Challenges.IsEmpty)
            await Task.Delay(10, Cancelled);
        Assert.Single(Grok.Requests);
        solve.SetResult();
        Assert.Equal("A cat.", Text(await chatting));
        Assert.Equal(["", "fresh", "fresh", "fresh"], Grok.Requests.Select(r => ClearanceOf(r)));
        Assert.All(Grok.Requests, r => Assert.Equal("tok-a", r.Token));
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    private IReadOnlyList<ReceivedRequest> Pictures => [.. Grok.Requests.Where(r => r.Surface == Surface.Asset)];
}
