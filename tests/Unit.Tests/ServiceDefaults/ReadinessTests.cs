using GrokForge.Contracts.Calls;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Health;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class ReadinessTests
{
    [Fact]
    public void The_worst_part_decides_and_only_parts_with_a_reason_are_listed()
    {
        var reasons = new ReadinessReasons();
        reasons.Add("well", () => Readiness.Ready);
        reasons.Add("ill", () => Readiness.Degraded("cough"));
        Assert.Equal(ReadinessLevel.Degraded, reasons.Read().Level);

        reasons.Add("dead", () => Readiness.NotReady("gone"));
        var report = reasons.Read();

        Assert.Equal(ReadinessLevel.NotReady, report.Level);
        Assert.Equal(["ill", "dead"], report.Entries.Select(e => e.Name));
    }

    [Fact]
    public void A_part_added_again_replaces_its_earlier_check()
    {
        var reasons = new ReadinessReasons();
        reasons.Add("part", () => Readiness.NotReady("old"));

        reasons.Add("part", () => Readiness.Ready);

        Assert.Equal(ReadinessLevel.Ready, reasons.Read().Level);
    }

    [Fact]
    public void Settling_may_go_on_for_five_seconds_after_the_drain()
    {
        var time = new FakeTimeProvider();
        using var signal = new StopSignal(time);

        signal.BeginDrain();
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(signal.IsDraining);
        Assert.False(signal.StoppingPlusFive.IsCancellationRequested);

        signal.EndDrain();
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(signal.StoppingPlusFive.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(signal.StoppingPlusFive.IsCancellationRequested);
    }

    [Theory, InlineData(5, "5s"), InlineData(93, "1m33s"), InlineData(90061, "25h1m1s")]
    public void Uptime_is_written_as_the_seed_writes_it(int seconds, string expected) => Assert.Equal(expected, HealthEndpoints.Uptime(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Writes_are_never_sent_twice_and_chat_at_most_once_more()
    {
        var retried = CallPolicy.Rules.Select(r => r.Owner).Distinct().SelectMany(o => RetryRules.For(o).MethodConfigs)
            .ToDictionary(m => m.Names[0].Service!.Split('.')[^1] + "." + m.Names[0].Method, m => m.RetryPolicy!.MaxAttempts);

        Assert.Equal(2, retried["UpstreamChat.Chat"]);
        Assert.Equal(4, retried["TokenLeasing.Borrow"]);
        Assert.DoesNotContain(retried.Keys, m => m.Split('.')[1] is "Put" or "Create" or "Update" or "Delete" or "Import" or "Regenerate" or "Generate" or "Claim" or "Complete" or "Try");
    }
}
