using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Xai;
using GrokForge.TestKit;
using GrokForge.TokenPool.Leasing;
using Kind = GrokForge.Contracts.Chat.Failed.Types.Kind;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>The failure policy, row by row: what each signal does in each phase of a request to its lease, to its unit and to its client.</content>
public abstract partial class XaiChatContract
{
    private const string Limited = """{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}""";
    private const string Broken = """{"error":{"message":"The engine stopped","type":"server_error"}}""";

    [Theory]
    [InlineData("headers", "401", LeaseOutcome.TokenInvalid, Kind.Upstream, 502, 1)]
    [InlineData("headers", "incorrect", LeaseOutcome.TokenInvalid, Kind.Upstream, 502, 1)]
    [InlineData("headers", "403", LeaseOutcome.TokenRejected, Kind.Upstream, 502, 1)]
    [InlineData("headers", "429", LeaseOutcome.QuotaExhausted, Kind.RateLimited, 429, 1)]
    [InlineData("headers", "policy", LeaseOutcome.RefusedByPolicy, Kind.Policy, 400, 1)]
    [InlineData("headers", "422", LeaseOutcome.RefusedByPolicy, Kind.InvalidRequest, 422, 1)]
    [InlineData("headers", "520", LeaseOutcome.ChallengeHit, Kind.Upstream, 502, 2)]
    [InlineData("headers", "503", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("headers", "dropped", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("headers", "silent", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("before", "limited", LeaseOutcome.QuotaExhausted, Kind.RateLimited, 429, 1)]
    [InlineData("before", "error", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("before", "nothing", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("before", "dropped", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("before", "silent", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("whole", "limited", LeaseOutcome.QuotaExhausted, Kind.RateLimited, 429, 1)]
    [InlineData("whole", "error", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("whole", "nothing", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("whole", "dropped", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("whole", "silent", LeaseOutcome.UpstreamUnavailable, Kind.Upstream, 502, 1)]
    [InlineData("after", "limited", LeaseOutcome.QuotaExhausted, Kind.BrokenOff, 502, 1)]
    [InlineData("after", "error", LeaseOutcome.BrokenOff, Kind.BrokenOff, 502, 1)]
    [InlineData("after", "nothing", LeaseOutcome.BrokenOff, Kind.BrokenOff, 502, 1)]
    [InlineData("after", "dropped", LeaseOutcome.BrokenOff, Kind.BrokenOff, 502, 1)]
    [InlineData("after", "silent", LeaseOutcome.BrokenOff, Kind.BrokenOff, 502, 1)]
    public async Task Each_signal_in_each_phase_follows_the_policy(string phase, string signal, LeaseOutcome outcome, Kind kind, int status, int tries)
    {
        Retry = new() { MaxTokens = 1, PerTokenRetries = 1, BackoffBaseSeconds = 0, FirstByteTimeoutSeconds = signal == "silent" ? 1 : 60, ResetSessionStatusCodes = [403, 520] };
        IdleSeconds = signal == "silent" ? 1 : 60;
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.Chat.ForAnyToken.Respond(phase switch
        {
            "headers" => Signal(signal),
            "whole" => InAnswer(Answer.Status(200, signal is "dropped" or "silent" ? "{\"id\":" : "", "application/json"), signal, ""),
            "before" => InAnswer(Answer.Stream().Raw(": soon\n\n"), signal, "data: "),
            _ => InAnswer(Answer.Stream().Raw(Event("Hel")), signal, "data: "),
        });

        var events = await ChatAsync(Call(Ask, phase == "whole"));
        var failed = Failure(events);
        Assert.Equal((kind, status, tries), (failed.Kind, failed.HttpStatus, failed.Attempts));
        Assert.Equal(phase == "after" ? "Hel" : "", Content(events));
        Assert.Equal([outcome], await SettledAsync(1));
        Assert.Equal(outcome is not (LeaseOutcome.QuotaExhausted or LeaseOutcome.BrokenOff), LeaseSettlements.For(Pool.Settlements[0])!.Refund);
        Assert.Equal(tries, Grok.ApiChats.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_network_that_refuses_or_swallows_connections_is_a_502_that_blames_no_key(bool swallows)
    {
        using var hole = new BlackHole(swallows);
        Address = hole.Address;
        Retry = new() { MaxTokens = 2, PerTokenRetries = 1, BackoffBaseSeconds = 0, FirstByteTimeoutSeconds = 1 };
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        var failed = Failure(await ChatAsync(Call(Ask)));
        Assert.Equal((Kind.Upstream, 502, "upstream_error", 2), (failed.Kind, failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Equal([LeaseOutcome.UpstreamUnavailable, LeaseOutcome.UpstreamUnavailable], await SettledAsync(2));
    }

    private static Answer Signal(string signal) => signal switch
    {
        "policy" => XaiRefusal.Policy(),
        "422" => XaiRefusal.Of(422, "invalid_value", "temperature is too high"),
        "silent" => Answer.Silent(),
        "503" or "520" => Answer.Status(int.Parse(signal, System.Globalization.CultureInfo.InvariantCulture)),
        _ => Script(signal),
    };

    private static Answer InAnswer(Answer answer, string signal, string prefix) => signal switch
    {
        "limited" => answer.Raw($"{prefix}{Limited}\n\n"),
        "error" => answer.Raw($"{prefix}{Broken}\n\n"),
        "dropped" => answer.Drop(),
        "silent" => answer.Stall(),
        _ => answer,
    };
}
