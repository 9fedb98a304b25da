using System.Net;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What browsers and probes need of every answer: leave for their origin, readable headers, HEAD.</summary>
public abstract class BrowserScenarios(Home home) : HomeScenarios(home)
{
    private const string Origin = "https://app.example";
    private const string Stranger = "gf-000000000000000000000000000000000000000000000000";
    private static readonly string[] Ours = [Origin];
    private static readonly string[] All = ["*"];

    [Theory]
    [InlineData("v1/chat/completions")]
    [InlineData("v1/models")]
    [InlineData("v1/nothing")]
    public async Task A_preflight_needs_no_key_and_may_send_what_it_asked_for(string path)
    {
        using var client = WatchedClient.Of(Home.Gateways[0]);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(path, UriKind.Relative));
        preflight.Headers.Add("Origin", Origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os");
        using var answer = await client.SendAsync(preflight, Cancelled);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        AssertOpen(answer);
        Assert.Equal("authorization,content-type,x-stainless-os", answer.Headers.GetValues("Access-Control-Allow-Headers").Single());
        Assert.Contains("POST", answer.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"grok-4.20-fast","messages":[{"role":"user","content":"Hi"}]}""", false, 401)]
    [InlineData("""{"model":"grok-4.20-fast","messages":[]}""", true, 400)]
    [InlineData("""{"model":"gpt-12","stream":true,"messages":[{"role":"user","content":"Hi"}]}""", true, 404)]
    [InlineData("""{"model":"grok-4.20-fast","stream":true,"messages":[{"role":"user","content":"Hi"}]}""", true, 503)]
    public async Task An_error_may_be_read_by_a_browser(string body, bool known, int status)
    {
        using var client = Browser(known ? (await Home.CreateKeyAsync()).Key : Stranger);
        using var answer = await client.SendAsync(body, Cancelled);
        Assert.Equal(status, (int)answer.StatusCode);
        AssertOpen(answer);
        Assert.Equal(status is 503, answer.Headers.RetryAfter is not null);
        await answer.ErrorAsync();
    }

    [Theory]
    [InlineData("GET", "v1/nothing", 404)]
    [InlineData("DELETE", "v1/chat/completions", 405)]
    public async Task An_unknown_door_may_be_read_by_a_browser(string method, string path, int status)
    {
        using var client = Browser((await Home.CreateKeyAsync()).Key);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        using var answer = await client.SendAsync(request, Cancelled);
        Assert.Equal(status, (int)answer.StatusCode);
        AssertOpen(answer);
        await answer.ErrorAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_may_be_read_by_a_browser_also_where_it_breaks(bool breaks)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(breaks ? Answer.Begin().Say("Once upon").Drop() : Answer.Text("Once upon a time"));
        using var client = Browser((await Home.CreateKeyAsync()).Key);
        using var answer = await client.StreamAsync("Tell me", Cancelled);
        AssertOpen(answer);
        Assert.Equal("no", answer.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Equal(breaks, (await SseTranscript.ReadAsync(answer, usageAsked: false, Cancelled)).Error is not null);
    }

    [Fact]
    public async Task Only_the_origins_that_are_configured_may_read()
    {
        using var client = Browser((await Home.CreateKeyAsync()).Key);
        using var other = Home.Client((await Home.CreateKeyAsync()).Key);
        other.DefaultRequestHeaders.Add("Origin", "https://other.example");
        await Home.PutConfigAsync(new { app = new { cors_origins = Ours } });
        try
        {
            await Until.TrueAsync(async () => await OriginOfAsync(other) is null, "the origins are configured");
            Assert.Equal(Origin, await OriginOfAsync(client));
        }
        finally
        {
            await Home.PutConfigAsync(new { app = new { cors_origins = All } });
        }

        await Until.TrueAsync(async () => await OriginOfAsync(other) == "*", "any origin is configured");
    }

    [Theory]
    [InlineData("v1/models", 200)]
    [InlineData("models/grok-4.20-fast", 200)]
    [InlineData("v1/models/gpt-12", 404)]
    [InlineData("v1/chat/completions", 405)]
    [InlineData("health", 200)]
    [InlineData("alive", 200)]
    public async Task Head_answers_as_get_without_a_body(string path, int status)
    {
        await Home.ImportTokensAsync(1);
        using var client = Browser((await Home.CreateKeyAsync()).Key);
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
        using var answer = await client.SendAsync(request, Cancelled);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancelled));
        Assert.True(answer.Headers.Contains("x-request-id"));
    }

    private static void AssertOpen(HttpResponseMessage answer)
    {
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("x-request-id", answer.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);
        Assert.Contains("retry-after", answer.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Single(answer.Headers.GetValues("x-request-id"));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    private static async Task<string?> OriginOfAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
        return answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) ? origins.Single() : null;
    }

    private HttpClient Browser(string key)
    {
        var client = Home.Client(key);
        client.DefaultRequestHeaders.Add("Origin", Origin);
        return client;
    }
}

/// <summary>Browsers of one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class BrowsersInAllInOne(AllInOneHome home) : BrowserScenarios(home);

/// <summary>Browsers of separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class BrowsersOverServices(DistributedHome home) : BrowserScenarios(home);
