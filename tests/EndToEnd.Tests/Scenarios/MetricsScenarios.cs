using System.Text.RegularExpressions;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What /metrics tells of leases, quota and the upstream, and that its labels are few, whatever clients send.</summary>
public abstract partial class MetricsScenarios(Home home) : HomeScenarios(home)
{
    /// <summary>Labels of our own, all of few values: none holds an id, a token, a key or a client's word.</summary>
    private static readonly HashSet<string> Labels =
        ["provider", "pool", "mode", "status", "outcome", "result", "reason", "egress", "event", "le", "otel_scope_name", "otel_scope_version", "otel_scope_schema_url"];

    [Fact]
    public async Task Leases_waits_quota_and_retries_are_shown()
    {
        var token = Assert.Single(await Home.ImportTokensAsync(1));
        Home.Grok.ForToken(token).Next(Answer.Status(503));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var before = await Home.MetricsAsync();
        using (var answer = await client.ChatAsync("Hello"))
            await answer.ContentAsync();
        var place = $"admin/tokens/{(await TokensAsync())[0].GetProperty("id").GetInt64()}";
        await Home.AdminAsync(HttpMethod.Put, place, new { status = "disabled" });
        using (var refused = await client.ChatAsync("Hello"))
            Assert.Equal(503, (int)refused.StatusCode);
        await Home.AdminAsync(HttpMethod.Put, place, new { status = "active" });

        foreach (var (metric, labels) in new (string, string[])[]
        {
            ("grokforge_leases_wait_seconds_count", ["provider=\"grok_web\"", "result=\"granted\""]),
            ("grokforge_leases_wait_seconds_count", ["provider=\"grok_web\"", "result=\"none\""]),
            ("grokforge_leases_borrowed_total", ["result=\"granted\""]),
            ("grokforge_leases_borrowed_total", ["result=\"no_such_pool\""]),
            ("grokforge_leases_settled_total", ["outcome=\"succeeded\""]),
            ("grokforge_upstream_retries_total", ["provider=\"grok_web\"", "reason=\"UpstreamUnavailable\""]),
        })
        {
            await Until.TrueAsync(async () => Sum(await Home.MetricsAsync(), metric, labels) > Sum(before, metric, labels), $"{metric} {string.Join(',', labels)} grows");
        }
        foreach (var gauge in (string[])["grokforge_leases_in_flight", "grokforge_tokens", "grokforge_quota_remaining", "grokforge_quota_limit"])
            await Until.TrueAsync(async () => (await Home.MetricsAsync()).Any(m => m.StartsWith(gauge + "{", StringComparison.Ordinal)), $"{gauge} is shown");
    }

    [Fact]
    public async Task Nothing_that_a_client_sends_becomes_a_label()
    {
        var tokens = await Home.ImportTokensAsync(2);
        var key = (await Home.CreateKeyAsync()).Key;
        using var client = Home.Client(key);
        var before = await Home.MetricsAsync();
        using (var known = await client.ChatAsync("Hello", "grok-4.20-fast"))
            await known.ContentAsync();
        using (var unknown = await client.ChatAsync("Hello", "no-such-model-of-ours"))
            Assert.Equal(404, (int)unknown.StatusCode);

        await Until.TrueAsync(
            async () => Sum(await Home.MetricsAsync(), "grokforge_leases_settled_total", ["outcome=\"succeeded\""]) > Sum(before, "grokforge_leases_settled_total", ["outcome=\"succeeded\""]),
            "the metrics tell of the chat");
        var samples = (await Home.MetricsAsync()).Where(m => m.StartsWith("grokforge_", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(samples);
        foreach (var sample in samples)
        {
            Assert.All(Label().Matches(sample).Select(m => m.Groups[1].Value), label => Assert.Contains(label, Labels));
            Assert.All((string[])["no-such-model-of-ours", "grok-4.20-fast", key, .. tokens], word => Assert.DoesNotContain(word, sample, StringComparison.Ordinal));
        }
    }

    private static double Sum(IReadOnlyList<string> samples, string metric, string[] labels) => samples
        .Where(s => s.StartsWith(metric + "{", StringComparison.Ordinal) && labels.All(l => s.Contains(l, StringComparison.Ordinal)))
        .Sum(s => double.Parse(s[(s.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex("[{,]([A-Za-z_][A-Za-z0-9_]*)=\"")]
    private static partial Regex Label();
}

/// <summary>Metrics in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class MetricsInAllInOne(AllInOneHome home) : MetricsScenarios(home);

/// <summary>Metrics over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class MetricsOverServices(DistributedHome home) : MetricsScenarios(home);
