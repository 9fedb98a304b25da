using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Xai;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>The doctor says what is wrong with a token or its way out, and what helps; a client's 502 says the same.</summary>
public abstract class DoctorScenarios(Home home) : HomeScenarios(home)
{
    private const string Fast = "grok-4.20-fast";

    /// <summary>How the upstream answers a chat, the verdict, and a word of its remedy.</summary>
    public static TheoryData<string, string, string> Chats => new()
    {
        { "fine", "works", "" },
        { "expired", "expired", "Import a fresh token" },
        { "blocked", "blocked", "another account" },
        { "challenge", "challenge", "proxy.cf_clearance together with the proxy.user_agent" },
        { "anti-bot", "anti_bot", "header values of your own browser" },
        { "limit", "rate_limited", "quota window" },
        { "dropped", "no_network", "proxy.base_proxy_url" },
        { "down", "unavailable", "" },
        { "elsewhere", "misconfigured", "upstream.web_base_url" },
    };

    [Theory, MemberData(nameof(Chats))]
    public async Task A_chat_that_goes_wrong_is_named_and_the_token_is_left_as_it_was(string chat, string verdict, string remedy)
    {
        var token = Assert.Single(await Home.ImportTokensAsync(1));
        Home.Grok.ForToken(token).Respond(AnswerOf(chat));

        var report = await ExamineAsync(new { });

        Assert.Equal((verdict, "direct", Fast), (report.GetProperty("verdict").GetString(), report.GetProperty("egress").GetString(), report.GetProperty("model").GetString()));
        Assert.Contains(remedy, report.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("The upstream ", report.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(verdict == "works" ? ["quota", "chat"] : ["quota"], report.GetProperty("passed").EnumerateArray().Select(p => p.GetString()!));
        Assert.DoesNotContain(token, report.GetRawText(), StringComparison.Ordinal);
        var tried = report.GetProperty("token");
        Assert.Equal(($"{token[..4]}****{token[^4..]}", "ssoBasic", "active"), (tried.GetProperty("token").GetString(), tried.GetProperty("pool").GetString(), tried.GetProperty("status").GetString()));
        var after = await Home.AdminAsync(HttpMethod.Get, $"admin/tokens/{tried.GetProperty("id").GetInt64()}");
        Assert.Equal(("active", 0, 0), (after.GetProperty("status").GetString(), after.GetProperty("inflight").GetInt32(), after.GetProperty("fail_count").GetInt32()));
    }

    [Theory]
    [InlineData("challenge")]
    [InlineData("anti-bot")]
    [InlineData("elsewhere")]
    public async Task A_client_and_the_log_are_told_in_the_same_words(string chat)
    {
        var token = Assert.Single(await Home.ImportTokensAsync(1));
        Home.Grok.ForToken(token).Respond(AnswerOf(chat));
        var report = await ExamineAsync(new { });
        var words = $"{report.GetProperty("message").GetString()!["The upstream ".Length..]} {report.GetProperty("remedy").GetString()}";

        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", Fast);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        var message = (await answer.ErrorAsync()).GetProperty("message").GetString()!;
        Assert.EndsWith(words, message, StringComparison.Ordinal);
        await Until.TrueAsync(() => Task.FromResult(Home.Output.Contains($"failed upstream: {message}", StringComparison.Ordinal)), "the log has the words too");
    }

    [Fact]
    public async Task Without_a_chat_only_what_costs_nothing_is_asked_of_any_token()
    {
        var token = Assert.Single(await Home.ImportTokensAsync(1));
        var id = (await TokensAsync())[0].GetProperty("id").GetInt64();
        await Home.AdminAsync(HttpMethod.Put, $"admin/tokens/{id}", new { status = "disabled" });
        var (chats, questions) = (Home.Grok.Chats.Count, Questions().Count);

        Assert.Equal("no_token", (await ExamineAsync(new { })).GetProperty("verdict").GetString());
        var report = await ExamineAsync(new { token_id = id, chat = false });

        Assert.Equal(("works", "disabled"), (report.GetProperty("verdict").GetString(), report.GetProperty("token").GetProperty("status").GetString()));
        Assert.Equal((chats, questions + 1), (Home.Grok.Chats.Count, Questions().Count));
        Assert.Equal(token, Questions()[^1].Token);
    }

    [Fact]
    public async Task A_key_of_the_official_api_is_tried_by_its_models_and_by_a_chat_where_a_model_is_named()
    {
        var key = Assert.Single(await Home.ImportApiKeysAsync(1));
        var report = await ExamineAsync(new { });
        Assert.Equal(("works", "models"), (report.GetProperty("verdict").GetString(), Assert.Single(report.GetProperty("passed").EnumerateArray()).GetString()));
        report = await ExamineAsync(new { model = "xai/grok-4" });
        Assert.Equal("works", report.GetProperty("verdict").GetString());
        Assert.Equal(["models", "chat"], report.GetProperty("passed").EnumerateArray().Select(p => p.GetString()!));

        Home.Grok.Xai.ModelList.ForToken(key).Respond(XaiRefusal.Unauthorized());
        report = await ExamineAsync(new { });
        Assert.Equal("expired", report.GetProperty("verdict").GetString());
        Assert.DoesNotContain(key, report.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_that_nobody_listens_at_is_no_network()
    {
        await Home.ImportTokensAsync(1);
        await Home.PutConfigAsync(new { upstream = new { web_base_url = "http://127.0.0.1:9" } });
        try
        {
            JsonElement report = default;
            await Until.TrueAsync(async () => (report = await ExamineAsync(new { })).GetProperty("verdict").GetString() == "no_network", "nobody listens there");
            Assert.Empty(report.GetProperty("passed").EnumerateArray());
            Assert.Contains("proxy.base_proxy_url", report.GetProperty("remedy").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("127.0.0.1", report.GetRawText(), StringComparison.Ordinal);
        }
        finally
        {
            await Home.PutConfigAsync(new { upstream = new { web_base_url = Home.UpstreamAddress.ToString().TrimEnd('/') } });
            await Home.SettingsInForceAsync();
        }
    }

    [Theory]
    [InlineData("""{"token_id":999999999}""", "token_not_found", "token_id")]
    [InlineData("""{"token_id":"one"}""", "invalid_json", "token_id")]
    [InlineData("""{"model":"no-such-model"}""", "model_not_found", "model")]
    [InlineData("""{"model":"grok-imagine-video"}""", "model_not_found", "model")]
    [InlineData("""{"model":"grok-4.20-heavy"}""", "invalid_model", "model")]
    public async Task What_cannot_be_tried_is_refused_by_its_field(string body, string code, string param)
    {
        await Home.ImportTokensAsync(1);
        using var answer = await Home.SendAdminAsync(HttpMethod.Post, "admin/doctor", JsonDocument.Parse(body).RootElement);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal((code, param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
    }

    private IReadOnlyList<ReceivedRequest> Questions() => [.. Home.Grok.Requests.Where(r => r.Surface is Surface.Quota)];

    private static Answer AnswerOf(string chat) => chat switch
    {
        "expired" => Answer.Unauthorized(),
        "blocked" => Answer.BlockedUser(),
        "challenge" => Answer.Challenge(),
        "anti-bot" => Answer.AntiBot(),
        "limit" => Answer.RateLimited(),
        "dropped" => Answer.Dropped(),
        "down" => Answer.Status(503),
        "elsewhere" => Answer.Status(404),
        _ => Answer.Text("OK"),
    };

    private Task<JsonElement> ExamineAsync(object body) => Home.AdminAsync(HttpMethod.Post, "admin/doctor", body);
}

/// <summary>The doctor in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class DoctorInAllInOne(AllInOneHome home) : DoctorScenarios(home);

/// <summary>The doctor over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class DoctorOverServices(DistributedHome home) : DoctorScenarios(home);
