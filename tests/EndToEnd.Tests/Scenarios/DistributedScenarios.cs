using System.Globalization;
using System.Net;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What only replicas can get wrong.</summary>
[Collection(DistributedCollection.Name)]
public sealed class DistributedScenarios(DistributedHome home) : IAsyncLifetime
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        home.SkipUnlessAvailable();
        await home.EnsureRunningAsync();
        home.Grok.Reset();
        await home.RemoveTokensAsync();
    }

    public ValueTask DisposeAsync()
    {
        Assert.Empty(home.Grok.Violations);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Five_hundred_at_once_never_share_a_slot_or_overspend()
    {
        await home.PutConfigAsync(new { token = new { max_inflight = 1, wait_for_slot = 2 } });
        await home.ImportTokensAsync(20);
        var (_, key) = await home.CreateKeyAsync();
        using var first = home.Client(key, 0);
        using var second = home.Client(key, 1);
        try
        {
            await WarmAsync(first);
            await WarmAsync(second);
            for (var round = 0; round < 2; round++)
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => StatusAsync(i % 2 == 0 ? first : second)));
                Assert.All(answers, a => Assert.True(a is (200, "") or (503, "no_token_available"), a.ToString()));
                Assert.Contains((200, ""), answers);
            }

            Assert.InRange(home.Grok.HighWater, 1, 20);
            Assert.InRange(home.Grok.Served, 1, 600);
            await Until.TrueAsync(async () => await home.InflightAsync() == 0, "every lease is settled");
        }
        finally
        {
            await home.PutConfigAsync(new { token = new { max_inflight = 8, wait_for_slot = 5 } });
        }
    }

    [Fact]
    public async Task A_killed_tokenpool_loses_no_lease()
    {
        await home.ImportTokensAsync(4);
        home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        var (_, key) = await home.CreateKeyAsync();
        using var client = home.Client(key);
        using var open = await client.StreamAsync("Tell me", Cancelled);

        await home.Replica("tokenpool", 0).KillAsync();
        for (var i = 0; i < 4; i++)
        {
            using var other = home.Client(key, i);
            using var answer = await other.ChatAsync("Still there?");
            await answer.ContentAsync();
        }

        home.Grok.Gate("end").Open();
        Assert.Equal("Once upon a time", Chats.Joined(await open.Content.ReadAsStringAsync(Cancelled)));
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "the lease is settled at the other replica");
        await home.RestartAsync("tokenpool", 0);
    }

    [Fact]
    public async Task A_killed_upstream_breaks_its_streams_and_its_leases_expire()
    {
        await home.ImportTokensAsync(2);
        home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Stall());
        var (_, key) = await home.CreateKeyAsync();
        using var client = home.Client(key);
        using var one = await client.StreamAsync("Tell me", Cancelled);
        using var two = await client.StreamAsync("Tell me", Cancelled);
        var texts = Task.WhenAll(one.Content.ReadAsStringAsync(Cancelled), two.Content.ReadAsStringAsync(Cancelled));

        await home.Replica("upstream", 0).KillAsync();
        await home.Replica("upstream", 1).KillAsync();
        foreach (var text in await texts)
        {
            var events = Chats.Events(text).ToList();
            Assert.Equal("[DONE]", events[^1]);
            Assert.Contains("\"error\"", events[^2], StringComparison.Ordinal);
            Assert.DoesNotContain(events, e => e.Contains("\"finish_reason\":\"", StringComparison.Ordinal));
        }

        Assert.Equal(2, await home.InflightAsync());
        await home.MoveLedgerTimeAsync(TimeSpan.FromSeconds(61));
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "the leases have expired");
        await Task.WhenAll(home.RestartAsync("upstream", 0), home.RestartAsync("upstream", 1));
    }

    [Fact]
    public async Task A_deleted_key_is_refused_by_every_gateway()
    {
        await home.ImportTokensAsync(1);
        var (id, key) = await home.CreateKeyAsync();
        using var first = home.Client(key, 0);
        using var second = home.Client(key, 1);
        Assert.Equal(HttpStatusCode.OK, await ModelsAsync(first));
        Assert.Equal(HttpStatusCode.OK, await ModelsAsync(second));

        await home.AdminAsync(HttpMethod.Delete, $"admin/apikeys/{id.ToString(CultureInfo.InvariantCulture)}");
        await Until.TrueAsync(
            async () => await ModelsAsync(first) == HttpStatusCode.Unauthorized && await ModelsAsync(second) == HttpStatusCode.Unauthorized,
            "both gateways refuse the key", seconds: 1);
    }

    [Fact]
    public async Task A_changed_setting_acts_everywhere()
    {
        await home.ImportTokensAsync(2);
        var (_, key) = await home.CreateKeyAsync();
        await WarmAsync(home.Client(key, 0));
        await WarmAsync(home.Client(key, 1));
        await home.PutConfigAsync(new { app = new { custom_instruction = "Speak like a pirate." } });
        await Until.TrueAsync(
            async () =>
            {
                home.Grok.Reset();
                for (var i = 0; i < 4; i++)
                {
                    using var client = home.Client(key, i);
                    using var answer = await client.ChatAsync("Hello");
                    await answer.ContentAsync();
                }

                return home.Grok.Chats.All(c => c.Text.Contains("Speak like a pirate.", StringComparison.Ordinal));
            },
            "each upstream sends the instruction", seconds: 3);
        await home.PutConfigAsync(new { app = new { custom_instruction = "" } });
    }

    [Fact]
    public async Task One_request_is_one_trace_over_all_services()
    {
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        var trace = Guid.NewGuid().ToString("N");
        client.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        client.DefaultRequestHeaders.Add("x-request-id", "one-trace-test");
        using var answer = await client.ChatAsync("Trace me");
        await answer.ContentAsync();
        Assert.Equal("one-trace-test", answer.Headers.GetValues("x-request-id").Single());
        string[] expected = ["gateway", "tokenpool", "upstream"];
        await Until.TrueAsync(() => Task.FromResult(home.Traces.ServicesOf(trace, expected).Count == expected.Length), "every service has exported its spans", seconds: 30);
        Assert.DoesNotContain(home.Grok.Chats, c => c.Headers.ContainsKey("traceparent"));
    }

    [Fact]
    public async Task A_terminated_gateway_finishes_its_streams_and_writes_its_usage()
    {
        await home.ImportTokensAsync(10);
        home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        var (_, key) = await home.CreateKeyAsync();
        using var client = home.Client(key, 1);
        await home.WarmAsync(key);
        var streams = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.StreamAsync("Tell me", Cancelled)));

        var gateway = home.Replica("gateway", 1);
        gateway.Terminate();
        await Until.TrueAsync(async () => await HealthAsync(gateway) == HttpStatusCode.ServiceUnavailable, "the gateway is no longer ready");
        home.Grok.Gate("end").Open();
        foreach (var stream in streams)
        {
            Assert.Equal("Once upon a time", Chats.Joined(await stream.Content.ReadAsStringAsync(Cancelled)));
            stream.Dispose();
        }

        await gateway.WaitForExitAsync(TimeSpan.FromSeconds(45));
        Assert.Equal(0, gateway.ExitCode);
        Assert.Equal(50, await RowsOfKeyAsync(key));
        await home.RestartAsync("gateway", 1);
    }

    [Fact]
    public async Task Without_RabbitMQ_requests_go_on_and_health_says_degraded()
    {
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        await home.RabbitMq.StopAsync(Cancelled);
        try
        {
            using var answer = await client.ChatAsync("Hello");
            await answer.ContentAsync();
            await Until.TrueAsync(async () => (await HealthTextAsync(home.Replica("gateway", 0))).Contains("degraded", StringComparison.OrdinalIgnoreCase), "health says degraded");
            Assert.Equal(HttpStatusCode.OK, await HealthAsync(home.Replica("gateway", 0)));
        }
        finally
        {
            await home.RabbitMq.StartAsync(CancellationToken.None);
        }
    }

    private static async Task<(int Status, string Code)> StatusAsync(HttpClient client)
    {
        using var answer = await client.ChatAsync("Hello");
        if (answer.IsSuccessStatusCode)
            return (200, "");
        var error = await answer.ErrorAsync();
        var code = error.GetProperty("code").GetString()!;
        return ((int)answer.StatusCode, code == "no_token_available" ? code : $"{code}: {error.GetProperty("message").GetString()}");
    }

    /// <summary>Waits until a gateway reaches both upstreams again, which an earlier test may have killed.</summary>
    private static async Task WarmAsync(HttpClient client)
    {
        var inARow = 0;
        await Until.TrueAsync(
            async () =>
            {
                inARow = (await StatusAsync(client)).Status == 200 ? inARow + 1 : 0;
                return inARow == 4;
            },
            "the gateway reaches both upstreams", seconds: 60);
    }

    private static async Task<HttpStatusCode> ModelsAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> HealthAsync(ServiceProcess service)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(service.BaseAddress, "health"), Cancelled);
        return answer.StatusCode;
    }

    private static async Task<string> HealthTextAsync(ServiceProcess service)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(service.BaseAddress, "health"), Cancelled);
        return await answer.Content.ReadAsStringAsync(Cancelled);
    }

    private async Task<int> RowsOfKeyAsync(string key)
    {
        var keys = (await home.AdminAsync(HttpMethod.Get, "admin/apikeys?page_size=100")).GetProperty("data").EnumerateArray();
        var mine = keys.Single(k => key.StartsWith(k.GetProperty("key").GetString()![..4], StringComparison.Ordinal) && key.EndsWith(k.GetProperty("key").GetString()![^4..], StringComparison.Ordinal));
        return mine.GetProperty("total_used").GetInt32();
    }
}
