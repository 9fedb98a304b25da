using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Leases;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class AttemptTests
{
    [Fact]
    public async Task An_attempt_leaves_a_span_and_a_count_with_its_outcome()
    {
        // The meter and the source are the process's own: a pool of its own tells this test's figures from others'.
        var pool = Guid.NewGuid().ToString("N");
        ConcurrentBag<Activity> spans = [];
        ConcurrentBag<string> counts = [];
        using var spanListener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "GrokForge",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("grokforge.pool") is string of && of == pool)
                    spans.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(spanListener);
        using var meterListener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "grokforge.upstream.attempts")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        meterListener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            var of = tags.ToArray().ToDictionary(t => t.Key, t => t.Value as string);
            if (of["pool"] == pool)
                counts.Add($"{of["provider"]} {of["outcome"]}");
        });
        meterListener.Start();

        var plan = new RetryPlan(new SettingsSnapshot(), TimeProvider.System);
        await using (var attempt = Begin(plan, pool))
            attempt.Ended(LeaseOutcome.QuotaExhausted);
        await Begin(plan, pool).DisposeAsync();

        Assert.Equal(["grok_web Abandoned", "grok_web QuotaExhausted"], counts.Order());
        var failed = Assert.Single(spans, s => s.Status == ActivityStatusCode.Error);
        Assert.Equal(7L, failed.GetTagItem("grokforge.token_id"));
        Assert.Equal(1, failed.GetTagItem("grokforge.attempt"));
        Assert.Equal(2, spans.Count);
    }

    [Fact]
    public async Task Tries_after_the_first_are_counted_by_reason()
    {
        var provider = Guid.NewGuid().ToString("N");
        ConcurrentQueue<string> reasons = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "grokforge.upstream.retries")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            var of = tags.ToArray().ToDictionary(t => t.Key, t => t.Value as string);
            if (of["provider"] == provider)
                reasons.Enqueue($"{of["reason"]} {count}");
        });
        listener.Start();

        var plan = new RetryPlan(new SettingsSnapshot(), TimeProvider.System);
        await Begin(plan, "pool", provider).DisposeAsync();
        await plan.BeginHedge(Lease("pool", provider), CancellationToken.None).DisposeAsync();
        plan.Refused(Refusal.TokenInvalid);
        await Begin(plan, "pool", provider).DisposeAsync();
        plan.BeginCorrection();
        await Begin(plan, "pool", provider).DisposeAsync();
        Assert.Equal(["Hedged 1", "TokenInvalid 1", "Corrected 1"], reasons);
    }

    private static Attempt Begin(RetryPlan plan, string pool, string provider = "grok_web")
    {
        _ = plan.PausesOnToken().First();
        return plan.BeginTry(Lease(pool, provider), races: false, CancellationToken.None);
    }

    private static Lease Lease(string pool, string provider)
    {
        var tokens = new PocketTokenPool(new PlainProtector());
        using var stop = new StopSignal(TimeProvider.System);
        var settler = new LeaseSettler(tokens, stop, TimeProvider.System, NullLogger<LeaseSettler>.Instance);
        using var renewer = new LeaseRenewer(tokens, TimeProvider.System, NullLogger<LeaseRenewer>.Instance);
        return new Lease(new Grant { LeaseId = "l", TokenId = 7, Pool = pool }, new Route { Provider = provider }, "secret", settler, renewer);
    }
}
