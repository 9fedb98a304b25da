using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Solver;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>A solver keeps the way upstream open for requests that met a challenge. Each scenario has a proxy, and so an egress and a clearance, of its own.</summary>
public abstract class ClearanceScenarios(Home home) : HomeScenarios(home)
{
    private const string OnePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    private const string Picture = "users/u/generated/i1/image.jpg";

    private EgressProxy? _proxy;

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_proxy is not null)
        {
            await Home.PutConfigAsync(new { proxy = new { enabled = false, flaresolverr_url = "", challenge_wait = 30, base_proxy_url = "", skip_proxy_ssl_verify = false } });
            await _proxy.DisposeAsync();
        }
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_crowd_that_met_a_challenge_is_served_by_its_tokens_after_one_solve()
    {
        // The solver is slow: every request of the crowd meets the challenge before there is a clearance.
        Home.Grok.Solver.Scripts.ForAnyToken.Next(Home.Grok.Solver.Solution("solved", SimulatedSolver.UserAgent).HeadersAtGate("solver"));
        using var client = await BeginAsync("http");
        await Home.Grok.UntilAsync(g => g.Gate("solver").Waiting == 1, Cancelled);
        var before = Home.Grok.Chats.Count;
        Home.Grok.Solver.IsGateClosed = true;
        var crowd = Enumerable.Range(0, 8).Select(i => client.ChatAsync($"Hello {i} {Guid.NewGuid()}")).ToList();
        await Home.Grok.UntilAsync(g => g.Chats.Count >= before + 8, Cancelled);
        Home.Grok.Gate("solver").Open();
        foreach (var answer in await Task.WhenAll(crowd))
        {
            Assert.Equal("Through", await answer.ContentAsync());
            answer.Dispose();
        }

        Assert.Single(Home.Grok.Solves);
        Assert.Equal(8, Home.Grok.Chats.Skip(before).Count(c => c.Status == 403));
        Assert.Equal(8, Home.Grok.Chats.Skip(before).Count(c => c.Status == 200));
        await NoTokenIsBlamedAsync();
        var egress = await EgressAsync();
        Assert.Equal((true, 0, SimulatedSolver.UserAgent), (egress.GetProperty("available").GetBoolean(), egress.GetProperty("failures").GetInt32(), egress.GetProperty("user_agent").GetString()));
        Assert.Equal(JsonValueKind.String, egress.GetProperty("last_success_at").ValueKind);
        Assert.DoesNotContain("cf_clearance", egress.GetRawText(), StringComparison.Ordinal);
        var name = egress.GetProperty("egress").GetString()!;
        await Until.TrueAsync(async () => (await Home.MetricsAsync()).Any(m => IsAgeOf(name, m)), "the clearance's age is shown");
    }

    private static bool IsAgeOf(string egress, string line) =>
        line.StartsWith("grokforge_clearance_age_seconds{", StringComparison.Ordinal) && line.Contains($"egress=\"{egress}\"", StringComparison.Ordinal);

    [Fact]
    public async Task A_solver_that_is_down_costs_the_client_a_502_with_a_remedy_and_no_token_anything()
    {
        Home.Grok.Solver.Scripts.ForAnyToken.Respond(SimulatedSolver.Failure("Error: no browser"));
        using var client = await BeginAsync("http");
        await Until.TrueAsync(async () => (await EgressAsync()).GetProperty("failures").GetInt32() > 0, "the failed solve is told");
        Home.Grok.Solver.IsGateClosed = true;
        var solves = Home.Grok.Solves.Count;
        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.ChatAsync($"Hello {Guid.NewGuid()}");
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
            var error = await answer.ErrorAsync();
            Assert.Equal("upstream_error", error.GetProperty("code").GetString());
            Assert.Contains("/admin/clearance", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        // The pause after a failure is 30 s at least: a machine that is slower than that has seen one try more.
        Assert.InRange(Home.Grok.Solves.Count, solves, solves + 1);
        await NoTokenIsBlamedAsync();
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "no lease is left");
        var egress = await EgressAsync();
        Assert.Equal("the solver says: Error: no browser", egress.GetProperty("last_error").GetString());
        Assert.Equal((JsonValueKind.String, JsonValueKind.String), (egress.GetProperty("last_failure_at").ValueKind, egress.GetProperty("next_run_at").ValueKind));
    }

    [Fact]
    public async Task A_clearance_outlives_a_restart()
    {
        // Only the first solve succeeds: what is served after the restart is served by what was kept.
        Home.Grok.Solver.Scripts.ForAnyToken.Next(Home.Grok.Solver.Solution("kept", SimulatedSolver.UserAgent)).Respond(SimulatedSolver.Failure("Error: no browser"));
        using var client = await BeginAsync("http");
        await Until.TrueAsync(async () => (await EgressAsync()).GetProperty("available").GetBoolean(), "a clearance is there");
        var version = (await EgressAsync()).GetProperty("version").GetString();
        await RestartAsync();
        Home.Grok.Solver.IsGateClosed = true;
        await Until.TrueAsync(
            async () =>
            {
                using var answer = await client.ChatAsync($"Hello {Guid.NewGuid()}");
                return answer.IsSuccessStatusCode;
            },
            "chats get through");
        await Until.TrueAsync(
            async () =>
            {
                using var answer = await Home.SendAdminAsync(HttpMethod.Get, "admin/clearance");
                return answer.IsSuccessStatusCode;
            },
            "the admin finds the clearances' owner again");
        var again = await EgressAsync();
        Assert.Equal((true, version), (again.GetProperty("available").GetBoolean(), again.GetProperty("version").GetString()));
        Assert.Equal("cf_clearance=kept", Home.Grok.Chats[^1].Headers["Cookie"].Single().Split("; ")[2]);
    }

    [Fact]
    public async Task A_proxys_credentials_are_shown_nowhere()
    {
        using var client = await BeginAsync("socks5", new NetworkCredential("joe", "s3cret-word"));
        await Until.TrueAsync(async () => (await EgressAsync()).GetProperty("available").GetBoolean(), "the egress is solved for");
        Assert.Contains("\"username\":\"joe\",\"password\":\"s3cret-word\"", Home.Grok.Solves[^1].Text, StringComparison.Ordinal);
        var config = (await Home.AdminAsync(HttpMethod.Get, "admin/config")).GetRawText();
        Assert.Contains("socks5://********@127.0.0.1", config, StringComparison.Ordinal);
        foreach (var shown in (string[])[config, (await EgressAsync()).GetRawText(), Home.Output])
            Assert.DoesNotContain("s3cret-word", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("socks5")]
    public async Task Uploads_and_pictures_go_through_the_proxy_and_its_credentials_into_no_log(string scheme)
    {
        using var client = await BeginAsync(scheme, new NetworkCredential("joe", "s3cret-word"));
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", Picture, 100, moderated: false).Final("", Picture));
        Home.Grok.Assets.ForAnyToken.Next(Answer.Challenge());
        using var answer = await LookAsync(client);
        Assert.Contains("![", await answer.ContentAsync(), StringComparison.Ordinal);
        Assert.Equal(["POST /rest/app-chat/upload-file", "POST /rest/app-chat/conversations/new", $"GET /{Picture}", $"GET /{Picture}"], _proxy!.Requests.TakeLast(4));
        Assert.DoesNotContain("s3cret-word", Home.Output, StringComparison.Ordinal);
        await NoTokenIsBlamedAsync();
    }

    [Fact]
    public async Task A_crowd_of_uploads_that_met_a_challenge_is_served_by_its_tokens_after_one_solve()
    {
        Home.Grok.Solver.Scripts.ForAnyToken.Next(Home.Grok.Solver.Solution("solved", SimulatedSolver.UserAgent).HeadersAtGate("solver"));
        using var client = await BeginAsync("http");
        await Home.Grok.UntilAsync(g => g.Gate("solver").Waiting == 1, Cancelled);
        Home.Grok.Solver.IsGateClosed = true;
        var before = Home.Grok.Requests.Count;
        var crowd = Enumerable.Range(0, 4).Select(_ => LookAsync(client)).ToList();
        await Home.Grok.UntilAsync(g => g.Requests.Skip(before).Count(r => r is { Surface: Surface.Upload, Status: 403 }) == 4, Cancelled);
        Home.Grok.Gate("solver").Open();
        foreach (var answer in await Task.WhenAll(crowd))
        {
            Assert.Equal("Through", await answer.ContentAsync());
            answer.Dispose();
        }

        Assert.Single(Home.Grok.Solves);
        await NoTokenIsBlamedAsync();
    }

    /// <summary>Kills and starts again what keeps clearances.</summary>
    protected abstract Task RestartAsync();

    /// <summary>Sets a proxy and the solver, and waits until every upstream replica goes by them.</summary>
    private async Task<HttpClient> BeginAsync(string scheme, NetworkCredential? credentials = null)
    {
        await Home.ImportTokensAsync(2);
        Home.Grok.ForAnyToken.Respond(Answer.Text("Through"));
        _proxy = EgressProxy.Start(scheme, credentials);
        await Home.PutConfigAsync(new { proxy = new { enabled = true, flaresolverr_url = Home.UpstreamAddress.ToString(), challenge_wait = 120, base_proxy_url = _proxy.Address, skip_proxy_ssl_verify = scheme == "https" } });
        var client = Home.Client((await Home.CreateKeyAsync()).Key);
        await Until.TrueAsync(
            async () =>
            {
                var before = ProxiedChats;
                for (var i = 0; i < 4; i++)
                {
                    using var answer = await client.ChatAsync($"Hello {Guid.NewGuid()}");
                }
                return ProxiedChats == before + 4;
            },
            "all chats go through the proxy");
        return client;
    }

    private static Task<HttpResponseMessage> LookAsync(HttpClient client)
    {
        object[] parts = [new { type = "text", text = $"Look {Guid.NewGuid()}" }, new { type = "image_url", image_url = new { url = "data:image/png;base64," + OnePixel } }];
        return client.PostAsJsonAsync(new Uri("v1/chat/completions", UriKind.Relative), new { model = "grok-4.20-fast", messages = new[] { new { role = "user", content = parts } } }, Cancelled);
    }

    private int ProxiedChats => _proxy!.Requests.Count(r => r == "POST /rest/app-chat/conversations/new");

    private async Task NoTokenIsBlamedAsync() =>
        Assert.All(await TokensAsync(), t => Assert.Equal(("active", 0), (t.GetProperty("status").GetString(), t.GetProperty("fail_count").GetInt32())));

    /// <summary>What the admin is shown of the egress of chats.</summary>
    private async Task<JsonElement> EgressAsync() => (await Home.AdminAsync(HttpMethod.Get, "admin/clearance")).GetProperty("egresses")[0];
}

/// <summary>Clearances in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class ClearanceInAllInOne(AllInOneHome home) : ClearanceScenarios(home)
{
    private readonly AllInOneHome home = home;

    protected override async Task RestartAsync()
    {
        await home.Process.KillAsync();
        await home.RestartAsync();
    }
}

/// <summary>Clearances over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class ClearanceOverServices(DistributedHome home) : ClearanceScenarios(home)
{
    private readonly DistributedHome home = home;

    protected override async Task RestartAsync()
    {
        await home.Replica("cfrefresh", 0).KillAsync();
        await home.RestartAsync("cfrefresh", 0);
    }
}
