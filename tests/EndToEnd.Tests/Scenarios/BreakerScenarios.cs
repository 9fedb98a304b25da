using System.Net;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>An upstream that fails as a whole is left alone, blames no token, and is found again by itself.</summary>
public abstract class BreakerScenarios(Home home) : HomeScenarios(home)
{
    [Fact]
    public async Task A_failing_upstream_is_left_alone_and_found_again()
    {
        await Home.ImportTokensAsync(2);
        await Home.PutConfigAsync(new
        {
            retry = new { breaker_failure_ratio = 0.5, breaker_min_tries = 3, breaker_pause = 1, per_token_retries = 1, max_tokens = 1 },
        });
        try
        {
            Home.Grok.ForAnyToken.Respond(Answer.Status(503));
            using var client = Home.Client((await Home.CreateKeyAsync()).Key);
            await Until.TrueAsync(async () => await AskAsync(client) is { StatusCode: HttpStatusCode.ServiceUnavailable, WaitSeconds: 1, IsAsked: false }, "the upstream is left alone");
            // Left alone again and again for a second: while it fails, one look in many meets the pause.
            await Until.TrueAsync(async () => (await AskAsync(client)).StatusCode != HttpStatusCode.OK && (await OpenBreakersAsync()).Contains(1), "the metric says so");
            Assert.All(await TokensAsync(), token => Assert.Equal(("active", 0), (token.GetProperty("status").GetString(), token.GetProperty("fail_count").GetInt32())));

            Home.Grok.ForAnyToken.Respond(Answer.Text("Back again"));
            await Until.TrueAsync(async () => (await AskAsync(client)).StatusCode == HttpStatusCode.OK, "the upstream is found again");
            // Each upstream service finds it again by a request of its own.
            await Until.TrueAsync(
                async () => (await AskAsync(client)).StatusCode == HttpStatusCode.OK && await OpenBreakersAsync() is { Count: > 0 } breakers && breakers.All(b => b == 0), "the metric says so");
            await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "no lease is left");
        }
        finally
        {
            await Home.PutConfigAsync(new { retry = new { breaker_failure_ratio = 0, breaker_min_tries = 20, breaker_pause = 15, per_token_retries = 2, max_tokens = 5 } });
        }
    }

    private async Task<List<int>> OpenBreakersAsync() =>
        [.. (await Home.MetricsAsync()).Where(m => m.StartsWith("grokforge_upstream_breaker_open{", StringComparison.Ordinal) && m.Contains("provider=\"grok_web\"", StringComparison.Ordinal))
            .Select(m => m[(m.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0] == "1" ? 1 : 0)];

    private async Task<(HttpStatusCode StatusCode, double WaitSeconds, bool IsAsked)> AskAsync(HttpClient client)
    {
        var before = Home.Grok.Chats.Count;
        using var answer = await client.ChatAsync($"Hello {Guid.NewGuid()}");
        return (answer.StatusCode, answer.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, Home.Grok.Chats.Count > before);
    }
}

/// <summary>The breaker in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class BreakerInAllInOne(AllInOneHome home) : BreakerScenarios(home);

/// <summary>The breaker over separate processes, each of which has its own.</summary>
[Collection(DistributedCollection.Name)]
public sealed class BreakerOverServices(DistributedHome home) : BreakerScenarios(home);
