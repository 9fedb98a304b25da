using System.Net;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Quotas;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Solver;
using GrokForge.TestKit;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>Requests leave by the proxies that are named, with their credentials, which nobody is told.</summary>
public sealed class EgressTests : UpstreamContract
{
    private const string Picture = "users/u/generated/i1/image.jpg";

    private static readonly NetworkCredential Joe = new("joe", "s3cr@t:word");

    protected override bool OverGrpc => false;

    protected override IEnumerable<string> Secrets => ["tok-", "joe", "s3cr"];

    [Theory]
    [InlineData("http", false)]
    [InlineData("http", true)]
    [InlineData("https", true)]
    [InlineData("socks5", false)]
    [InlineData("socks5", true)]
    [InlineData("socks5h", true)]
    public async Task Chats_uploads_pictures_and_quota_readings_go_through_the_proxy(string scheme, bool asksForCredentials)
    {
        await using var proxy = EgressProxy.Start(scheme, asksForCredentials ? Joe : null);
        Proxy = new ProxyOptions { BaseProxyUrl = proxy.Address, SkipProxySslVerify = scheme == "https", CfClearance = "mine" };
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", Picture, 100, moderated: false).Final("", Picture));
        var call = Call;
        call.Messages[0].Parts.Add(new Part { Image = new Image { Data = ByteString.CopyFrom(1, 2, 3), ContentType = "image/png" } });
        var events = await ChatAsync(call);
        Assert.Single(events, e => e.EventCase == ChatEvent.EventOneofCase.Media);
        await ReadQuotaAsync();
        Assert.Equal(["POST /rest/app-chat/upload-file", "POST /rest/app-chat/conversations/new", $"GET /{Picture}", "POST /rest/rate-limits"], proxy.Requests);
        Assert.All(Grok.Requests, r => Assert.Contains("cf_clearance=mine", Assert.Single(r.Headers["Cookie"]), StringComparison.Ordinal));
        Assert.All(Grok.Requests, r => Assert.False(r.Headers.ContainsKey("Proxy-Authorization") && scheme.StartsWith("socks", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Pictures_go_through_a_proxy_of_their_own_where_one_is_named()
    {
        await using var web = EgressProxy.Start("http", null);
        await using var assets = EgressProxy.Start("socks5", Joe);
        Proxy = new ProxyOptions { BaseProxyUrl = web.Address, AssetProxyUrl = assets.Address };
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", Picture, 100, moderated: false).Final("", Picture));
        Assert.Single(await ChatAsync(Call), e => e.EventCase == ChatEvent.EventOneofCase.Media);
        Assert.Equal(["POST /rest/app-chat/conversations/new"], web.Requests);
        Assert.Equal([$"GET /{Picture}"], assets.Requests);
        Assert.Equal([Surface.Chat, Surface.Asset], Grok.Requests.Select(r => r.Surface));
    }

    [Fact]
    public async Task A_picture_challenged_at_its_own_proxy_has_that_egress_solved_for_and_no_other()
    {
        await using var web = EgressProxy.Start("http", null);
        await using var assets = EgressProxy.Start("http", Joe);
        Proxy = new ProxyOptions { Enabled = true, FlareSolverrUrl = "http://solver.example", BaseProxyUrl = web.Address, AssetProxyUrl = assets.Address, CfClearance = "mine" };
        Clearances.OnChallenge = () => Task.FromResult(Clearances.Of("fresh", SimulatedSolver.UserAgent));
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", Picture, 100, moderated: false).Final("", Picture));
        Grok.Assets.ForAnyToken.Next(Answer.Challenge());
        Assert.Single(await ChatAsync(Call), e => e.EventCase == ChatEvent.EventOneofCase.Media);
        Assert.Equal([$"GET /{Picture}", $"GET /{Picture}"], assets.Requests);
        var asked = Assert.Single(Clearances.Challenges).Egress;
        Assert.StartsWith(new Uri(assets.Address).GetLeftPart(UriPartial.Scheme) + new Uri(assets.Address).Authority, asked, StringComparison.Ordinal);

        // The operator's own clearance was refused there, not on the way of chats.
        await ChatAsync(Call);
        Assert.Equal(
            [(Surface.Chat, "mine"), (Surface.Asset, "mine"), (Surface.Asset, "fresh"), (Surface.Chat, "mine"), (Surface.Asset, "fresh")],
            Grok.Requests.Select(r => (r.Surface, ClearanceOf(r))));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task A_proxy_that_refuses_its_credentials_is_named_by_its_setting_alone(string scheme)
    {
        await using var proxy = EgressProxy.Start(scheme, Joe);
        Proxy = new ProxyOptions { BaseProxyUrl = proxy.Address.Replace("word", "wrong", StringComparison.Ordinal) };
        Retry = new RetryOptions { BackoffBaseSeconds = 0, PerTokenRetries = 1, MaxTokens = 1 };
        Pool.Add(1, "tok-a");
        var failed = Failure(await ChatAsync(Call));
        Assert.Equal(502, failed.HttpStatus);
        Assert.Contains("proxy.base_proxy_url", failed.Message, StringComparison.Ordinal);
        Assert.True(proxy.Refused > 0);
        Assert.Empty(Grok.Requests);
    }

    private static ChatCall Call => new()
    {
        RequestId = "req-1",
        Model = "grok-4.20-fast",
        Routes = { new Route { Provider = "grok_web", Pools = { "basic" }, Scope = "fast", UpstreamMode = "fast" } },
        Messages = { new Message { Role = "user", Parts = { new Part { Text = "Hi" } } } },
    };

    private async Task ReadQuotaAsync()
    {
        var request = new ReadQuotaRequest { ProtectedSecret = ByteString.CopyFrom(new PlainProtector().Protect("tok-a")), Pool = "basic", Mode = "fast" };
        Assert.NotNull((await (await HomeAsync()).Quotas.ReadAsync(request, Cancelled)).Window);
    }
}
