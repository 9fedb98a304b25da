using Google.Protobuf;
using GrokForge.Contracts.Quotas;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.GrokWeb.Quota;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;
using Reason = GrokForge.Contracts.Quotas.QuotaRefusal.Types.Reason;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>What reading quota windows promises: the upstream's own numbers, or why there are none.</summary>
public abstract class UpstreamQuotasContract : UpstreamContract
{
    private const string Browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";
    private const string Token = "eyJ-quota-token-0123456789abcdef";

    /// <summary>By the name that tests are shown under.</summary>
    public static TheoryData<string, Reason> Refusals => new()
    {
        { "401", Reason.TokenInvalid },
        { "blocked", Reason.TokenBlocked },
        { "403", Reason.TokenRejected },
        { "challenge", Reason.Challenge },
        { "429", Reason.RateLimited },
        { "503", Reason.Unavailable },
        { "broken", Reason.Unavailable },
        { "no total", Reason.Unavailable },
    };

    protected override IEnumerable<string> Secrets => [Token];

    [Fact]
    public async Task A_window_is_told_as_the_upstream_counts_it()
    {
        Grok.Quota.SetWindow(Token, "fast", 140, TimeSpan.FromHours(24));
        Grok.Quota.SetRemaining(Token, "fast", 27);
        var window = (await ReadAsync("super", "fast")).Window;
        Assert.Equal((27, 140, 86400, 0), (window.Remaining, window.Limit, window.WindowSeconds, window.WaitSeconds));
    }

    [Fact]
    public async Task A_window_that_is_used_up_says_how_long_to_wait()
    {
        Grok.Quota.SetRemaining(Token, "auto", 0);
        var window = (await ReadAsync("basic", "auto")).Window;
        Assert.Equal((0, 7), (window.Remaining, window.Limit));
        Assert.InRange(window.WaitSeconds, 7100, 7200);
    }

    [Fact]
    public async Task A_mode_is_asked_for_by_its_name_upstream()
    {
        Grok.Quota.SetTier(Token, Tier.Super);
        Assert.Equal(50, (await ReadAsync("super", "grok43")).Window.Limit);
        Assert.Equal("grok-420-computer-use-sa", Assert.Single(Grok.Requests).Mode);
    }

    [Fact]
    public async Task A_read_looks_like_a_chat_of_the_same_token()
    {
        Proxy = new ProxyOptions { CfClearance = "cleared", UserAgent = Browser };
        await ReadAsync("basic", "auto");
        var request = Assert.Single(Grok.Requests);
        Assert.Equal((Surface.Quota, Token), (request.Surface, request.Token));
        Assert.Contains("cf_clearance=cleared", request.Headers["Cookie"].Single(), StringComparison.Ordinal);
        Assert.Equal(Browser, request.Headers["User-Agent"].Single());
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_the_upstream_refuses_is_told_apart(string what, Reason reason)
    {
        Grok.RateLimits.ForToken(Token).Respond(what switch
        {
            "401" => Answer.Unauthorized(),
            "blocked" => Answer.BlockedUser(),
            "403" => Answer.Forbidden("Permission denied."),
            "challenge" => Answer.Challenge(),
            "429" => Answer.RateLimited(),
            "503" => Answer.Status(503),
            "no total" => Answer.Json("""{"remainingQueries":3}"""),
            _ => Answer.Json("""{"remainingQueries":"""),
        });
        var reply = await ReadAsync("basic", "auto");
        Assert.Null(reply.Window);
        Assert.Equal(reason, reply.Refusal.Reason);
        Assert.NotEmpty(reply.Refusal.Detail);
        Assert.DoesNotContain(Token, reply.Refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("basic", "image_lite")]
    [InlineData("basic", "nonsense")]
    [InlineData("xai", "auto")]
    public async Task What_the_upstream_does_not_count_is_not_asked(string pool, string mode)
    {
        Assert.Equal(Reason.Unsupported, (await ReadAsync(pool, mode)).Refusal.Reason);
        Assert.Empty(Grok.Requests);
    }

    [Fact]
    public async Task Nothing_is_asked_before_the_saved_settings_are_known()
    {
        SettingsReady = Task.Delay(Timeout.Infinite, Cancelled);
        Assert.Equal(Reason.Unavailable, (await ReadAsync("basic", "auto")).Refusal.Reason);
        Assert.Empty(Grok.Requests);
    }

    private async Task<ReadQuotaReply> ReadAsync(string pool, string mode) => await (await HomeAsync()).Quotas.ReadAsync(
        new ReadQuotaRequest { ProtectedSecret = ByteString.CopyFrom(new PlainProtector().Protect(Token)), Pool = pool, Mode = mode }, Cancelled);
}

/// <summary>Quotas read in this process.</summary>
public sealed class UpstreamQuotasInProcess : UpstreamQuotasContract
{
    protected override bool OverGrpc => false;
}

/// <summary>Quotas read over gRPC.</summary>
public sealed class UpstreamQuotasOverGrpc : UpstreamQuotasContract
{
    protected override bool OverGrpc => true;
}
