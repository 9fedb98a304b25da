using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;
using GrokForge.TokenPool.Leasing;
using Kind = GrokForge.Contracts.Chat.Failed.Types.Kind;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>The failure policy, row by row: what each signal does in each phase of a request to its lease, to its unit and to its client.</content>
public abstract partial class UpstreamChatContract
{
    private static readonly (string Signal, LeaseOutcome Outcome, Kind Kind, int Status, int Tries)[] Answered =
    [
        ("401", LeaseOutcome.TokenInvalid, Kind.Upstream, 502, 1),
        ("blocked", LeaseOutcome.TokenBlocked, Kind.Upstream, 502, 1),
        ("forbidden", LeaseOutcome.TokenRejected, Kind.Upstream, 502, 1),
        ("429", LeaseOutcome.QuotaExhausted, Kind.Upstream, 502, 1),
        ("policy 403", LeaseOutcome.RefusedByPolicy, Kind.Policy, 400, 1),
        ("policy 400", LeaseOutcome.RefusedByPolicy, Kind.Policy, 400, 1),
        ("challenge", LeaseOutcome.ChallengeHit, Kind.Upstream, 502, 2),
        ("empty 403", LeaseOutcome.ChallengeHit, Kind.Upstream, 502, 2),
        ("520", LeaseOutcome.ChallengeHit, Kind.Upstream, 502, 2),
        ("503", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1),
        ("dropped", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1),
        ("silent", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1),
    ];

    public static TheoryData<string, string, LeaseOutcome, Kind, int, int> PolicyTable
    {
        get
        {
            TheoryData<string, string, LeaseOutcome, Kind, int, int> rows = [];
            foreach (var (signal, outcome, kind, status, tries) in Answered)
            {
                rows.Add("upload", signal, outcome, kind, status, tries);
                rows.Add("headers", signal, outcome, kind, status, tries);
            }

            rows.Add("before", "usage limit", LeaseOutcome.QuotaExhausted, Kind.Upstream, 502, 1);
            rows.Add("before", "anti-bot", LeaseOutcome.ChallengeHit, Kind.Upstream, 502, 2);
            rows.Add("after", "usage limit", LeaseOutcome.QuotaExhausted, Kind.BrokenOff, 502, 1);
            rows.Add("after", "anti-bot", LeaseOutcome.BrokenOff, Kind.BrokenOff, 502, 1);
            foreach (var signal in (string[])["error", "cut", "dropped", "silent"])
            {
                rows.Add("before", signal, LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1);
                rows.Add("after", signal, LeaseOutcome.BrokenOff, Kind.BrokenOff, 502, 1);
            }

            rows.Add("before", "nothing", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(PolicyTable))]
    public async Task Each_signal_in_each_phase_follows_the_policy(string phase, string signal, LeaseOutcome outcome, Kind kind, int status, int tries)
    {
        Retry = new RetryOptions { MaxTokens = 1, PerTokenRetries = 1, BackoffBaseSeconds = 0, FirstByteTimeoutSeconds = signal == "silent" ? 1 : 60, ResetSessionStatusCodes = [403, 520] };
        IdleSeconds = signal == "silent" ? 1 : 60;
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        if (phase == "upload")
            Grok.Uploads.ForAnyToken.Respond(Signal(signal));
        else
            Grok.ForAnyToken.Respond(phase == "headers" ? Signal(signal) : InAnswer(phase == "before" ? Answer.Begin() : Answer.Begin().Say("Hel"), signal));

        var events = await ChatAsync(phase == "upload" ? Looking() : Call("Hi"));
        var failed = Failure(events);
        Assert.Equal((kind, status, tries), (failed.Kind, failed.HttpStatus, failed.Attempts));
        Assert.Equal(kind == Kind.Policy ? "content_policy_violation" : "upstream_error", failed.Code);
        Assert.Equal(phase == "after" ? "Hel" : "", Text(events));
        Assert.Equal([outcome], await SettledAsync(1));
        Assert.Equal(outcome is not (LeaseOutcome.QuotaExhausted or LeaseOutcome.BrokenOff), LeaseSettlements.For(Pool.Settlements[0])!.Refund);
        Assert.Equal(phase == "upload" ? 0 : tries, Grok.Chats.Count);
    }

    [Theory]
    [InlineData(NoToken.Types.Reason.NoSuchPool)]
    [InlineData(NoToken.Types.Reason.Exhausted)]
    [InlineData(NoToken.Types.Reason.Busy)]
    public async Task Without_a_lease_the_client_is_told_503_and_nothing_is_asked_upstream(NoToken.Types.Reason reason)
    {
        WaitForSlotSeconds = 0;
        Pool.Add(1, "tok-a");
        Pool.RefuseNext(reason, 7);
        var failed = Failure(await ChatAsync());
        Assert.Equal((Kind.NoToken, 503, "no_token_available", 7), (failed.Kind, failed.HttpStatus, failed.Code, failed.RetryAfterSeconds));
        Assert.Empty(Grok.Requests);
        Assert.Empty(Pool.Outcomes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_network_that_refuses_or_swallows_connections_is_a_502_that_blames_no_token(bool swallows)
    {
        using var hole = new BlackHole(swallows);
        Address = hole.Address;
        Retry = new RetryOptions { MaxTokens = 2, PerTokenRetries = 1, BackoffBaseSeconds = 0, FirstByteTimeoutSeconds = 1 };
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        var failed = Failure(await ChatAsync());
        Assert.Equal((Kind.Upstream, 502, "upstream_error", 2), (failed.Kind, failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Equal([LeaseOutcome.UpstreamUnavailable, LeaseOutcome.UpstreamUnavailable], await SettledAsync(2));
    }

    private static Answer Signal(string signal) => signal switch
    {
        "policy 403" => Answer.Forbidden("This request violates our content policy."),
        "policy 400" => Answer.Failure(400, 3, "Content violates usage guidelines."),
        "silent" => Answer.Silent(),
        _ => Script(signal),
    };

    private static Answer InAnswer(Answer answer, string signal) => signal switch
    {
        "usage limit" => answer.Error(8, "You have reached your usage limit for this model."),
        "anti-bot" => answer.Error(7, "Request rejected by anti-bot rules."),
        "error" => answer.ResponseError(13, "internal"),
        "cut" => answer.Raw("{\"result\":{\"resp"),
        "dropped" => answer.Drop(),
        "silent" => answer.Stall(),
        _ => answer,
    };
}
