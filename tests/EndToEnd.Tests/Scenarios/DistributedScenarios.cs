using System.Globalization;
using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;
using Npgsql;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What a crowd and the end of a process do to replicas.</summary>
[Collection(DistributedCollection.Name)]
public sealed class DistributedScenarios(DistributedHome home) : HomeScenarios(home)
{
    private readonly DistributedHome home = home;

    [Fact]
    public async Task Five_hundred_at_once_never_share_a_slot_or_overspend()
    {
        await home.PutConfigAsync(new { token = new { max_inflight = 1, wait_for_slot = 2 } });
        var tokens = await home.ImportTokensAsync(20);
        var (_, key) = await home.CreateKeyAsync();
        using var first = home.Client(key, 0);
        using var second = home.Client(key, 1);
        try
        {
            await WarmAsync(first);
            await WarmAsync(second);

            // The upstream itself refuses nothing: what keeps within slots and units is the token pool alone.
            home.Grok.Quota.Enforced = false;
            home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Hello").Hold("full").End());
            var full = CrowdAsync(first, second);
            await Until.TrueAsync(() => Task.FromResult(home.Grok.HighWater == 20), () => $"all slots are lent at once, not {home.Grok.HighWater}");
            home.Grok.Gate("full").Open();
            var served = await full;

            // Twenty tokens have thirty units each.
            while (served > 0)
                served = await CrowdAsync(first, second);
            Assert.Equal(600, home.Grok.Served);
            Assert.Equal(20, home.Grok.HighWater);
            Assert.All(tokens, token => Assert.Equal(1, home.Grok.HighWaterOf(token)));
            await Until.TrueAsync(async () => await home.InflightAsync() == 0, "every lease is settled");
        }
        finally
        {
            await home.PutConfigAsync(new { token = new { max_inflight = 8, wait_for_slot = 5 } });
        }
    }

    [Fact]
    public async Task A_tokenpool_killed_under_a_crowd_loses_no_lease_and_spends_no_unit_twice()
    {
        await home.ImportTokensAsync(4);
        home.Grok.Quota.Enforced = false;
        var (_, key) = await home.CreateKeyAsync();
        using var first = home.Client(key, 0);
        using var second = home.Client(key, 1);
        await WarmAsync(first);

        var crowd = Task.WhenAll(Enumerable.Range(0, 60).Select(i => StatusAsync(i % 2 == 0 ? first : second)));
        var begun = home.Grok.Served;
        await Until.TrueAsync(() => Task.FromResult(home.Grok.Served > begun + 4), "the crowd is being served");
        await home.Replica("tokenpool", 0).KillAsync();

        Assert.All(await crowd, answer => Assert.True(answer is (200, "") or (503, "no_token_available"), answer.ToString()));
        await home.RestartAsync("tokenpool", 0);
        await home.MoveLedgerTimeAsync(TimeSpan.FromSeconds(61));
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "what was lent to nobody has expired");
        Assert.InRange(await RemainingAsync(), 0, (4 * 30) - home.Grok.Served);
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
    public async Task A_killed_upstream_breaks_its_streams_alone_and_its_leases_expire()
    {
        await home.ImportTokensAsync(4);
        home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        using var client = home.Client((await home.CreateKeyAsync()).Key);

        // Until both replicas carry some: after a restart a gateway comes back to a replica only in its own time.
        var (doomed, other) = (home.Replica("upstream", 0), home.Replica("upstream", 1));
        List<HttpResponseMessage> streams = [];
        await Until.TrueAsync(
            async () =>
            {
                streams.Add(await client.StreamAsync("Tell me", Cancelled));
                return await StreamsAsync(doomed) > 0 && await StreamsAsync(other) > 0;
            },
            "both upstreams carry streams");
        // A scrape is answered from the one before it for a moment.
        var broken = 0;
        await Until.TrueAsync(
            async () => (broken = await StreamsAsync(doomed)) + await StreamsAsync(other) == streams.Count, () => $"the metrics tell of all {streams.Count} streams");

        await doomed.KillAsync();
        home.Grok.Gate("end").Open();
        var texts = await Task.WhenAll(streams.Select(s => s.Content.ReadAsStringAsync(Cancelled)));
        Assert.Equal(broken, texts.Count(t => SseTranscript.Parse(t).Error is not null));
        using var next = await client.ChatAsync("Who is left?");
        await next.ContentAsync();

        await Until.TrueAsync(async () => await home.InflightAsync() == broken, "only the killed upstream's leases are left");
        await home.MoveLedgerTimeAsync(TimeSpan.FromSeconds(61));
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "the leases have expired");
    }

    [Fact]
    public async Task A_terminated_gateway_finishes_its_streams_and_writes_its_usage()
    {
        ServiceProcess.SkipUnlessTerminable();
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
        }

        await gateway.WaitForExitAsync(TimeSpan.FromSeconds(45));
        Assert.Equal(0, gateway.ExitCode);
        var rows = await UsageRowsAsync(streams.Select(IdOf));
        Assert.True(rows.Count == 50, $"{rows.Count} rows of 50:\n{gateway.Output}");
        Assert.Equal(50, rows.DistinctBy(row => row.GetProperty("request_id").GetString()).Count());
        Assert.All(rows, row => Assert.Equal("completed", row.GetProperty("outcome").GetString()));
    }

    [Theory]
    [InlineData("upstream")]
    [InlineData("tokenpool")]
    public async Task A_terminated_replica_behind_the_gateway_cuts_no_stream_and_fails_no_newcomer(string service)
    {
        ServiceProcess.SkipUnlessTerminable();
        await home.ImportTokensAsync(6);
        home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        var key = (await home.CreateKeyAsync()).Key;
        await home.WarmAsync(key);
        using var client = home.Client(key, 0);
        using var neighbour = home.Client(key, 1);
        List<HttpResponseMessage> streams = [.. await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.StreamAsync("Tell me", Cancelled)))];

        var replica = home.Replica(service, 0);
        replica.Terminate();
        await Until.TrueAsync(async () => replica.HasExited || await IsUnavailableAsync(replica), "the replica is no longer ready");
        streams.AddRange(await Task.WhenAll(Enumerable.Range(0, 24).Select(i => (i % 2 == 0 ? client : neighbour).StreamAsync("Tell me too", Cancelled))));
        home.Grok.Gate("end").Open();
        foreach (var stream in streams)
            Assert.Equal("Once upon a time", Chats.Joined(await stream.Content.ReadAsStringAsync(Cancelled)));

        // As long as it winds up, and once after its end.
        bool ended;
        do
        {
            ended = replica.HasExited;
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => StatusAsync(i % 2 == 0 ? client : neighbour)));
            Assert.All(answers, answer => Assert.Equal((200, ""), answer));
        }
        while (!ended);
        Assert.Equal(0, replica.ExitCode);
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "every lease is settled");
    }

    [Fact]
    public async Task Spent_units_are_in_the_database_soon_and_at_the_latest_when_the_token_pools_end()
    {
        ServiceProcess.SkipUnlessTerminable();
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        for (var i = 0; i < 3; i++)
            await SpendAsync();
        await Until.PromisedAsync(TimeSpan.FromSeconds(1), async () => await StoredAsync() == 27, "the write-behind has written");

        await SpendAsync();
        var pools = new[] { home.Replica("tokenpool", 0), home.Replica("tokenpool", 1) };
        foreach (var pool in pools)
            pool.Terminate();
        await Task.WhenAll(pools.Select(p => p.WaitForExitAsync(TimeSpan.FromSeconds(45))));
        Assert.Equal(26, await StoredAsync());
        await Task.WhenAll(home.RestartAsync("tokenpool", 0), home.RestartAsync("tokenpool", 1));

        async Task SpendAsync()
        {
            using var answer = await client.ChatAsync("Spend one");
            await answer.ContentAsync();
        }
    }

    /// <summary>Five hundred at once; answers how many were served.</summary>
    private static async Task<int> CrowdAsync(HttpClient first, HttpClient second)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => StatusAsync(i % 2 == 0 ? first : second)));
        Assert.All(answers, a => Assert.True(a is (200, "") or (503, "no_token_available"), a.ToString()));
        return answers.Count(a => a.Status == 200);
    }

    /// <summary>Units of the mode fast that are left, over all tokens.</summary>
    private async Task<int> RemainingAsync() =>
        (await home.AdminAsync(HttpMethod.Get, "admin/tokens?page_size=100")).GetProperty("data").EnumerateArray()
            .Sum(t => t.GetProperty("quotas").GetProperty("fast").GetInt32());

    /// <summary>Units of the mode fast that the database itself knows the one token to have: what is left when everything else is lost.</summary>
    private async Task<int> StoredAsync()
    {
        await using var source = NpgsqlDataSource.Create(home.DatabaseConnectionString);
        await using var command = source.CreateCommand("select quotas from tokenpool.tokens");
        var quotas = JsonDocument.Parse(((string)(await command.ExecuteScalarAsync(Cancelled))!));
        return quotas.RootElement.GetProperty("fast").GetProperty("left").GetInt32();
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
            "the gateway reaches both upstreams");
    }

    // A process that is just ending may no longer answer at all.
    private static async Task<bool> IsUnavailableAsync(ServiceProcess service)
    {
        try
        {
            return await HealthAsync(service) == HttpStatusCode.ServiceUnavailable;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    /// <summary>The chats that this upstream carries now, as its own metrics tell.</summary>
    private static async Task<int> StreamsAsync(ServiceProcess upstream)
    {
        using var client = WatchedClient.Of(null);
        var metrics = await client.GetStringAsync(new Uri(upstream.BaseAddress, "metrics"), Cancelled);
        return metrics.Split('\n')
            .Where(line => line.StartsWith("http_server_active_requests{", StringComparison.Ordinal) && line.Contains("\"POST\"", StringComparison.Ordinal))
            .Sum(line => int.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));
    }

    private static async Task<HttpStatusCode> HealthAsync(ServiceProcess service)
    {
        using var client = WatchedClient.Of(null);
        using var answer = await client.GetAsync(new Uri(service.BaseAddress, "health"), Cancelled);
        return answer.StatusCode;
    }
}
