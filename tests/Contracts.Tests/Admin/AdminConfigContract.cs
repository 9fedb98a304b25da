using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>What GET and PUT /admin/config mean in every home.</summary>
public abstract class AdminConfigContract(AdminHome home)
{
    private readonly HttpClient _client = home.Client();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Settings_are_shown_by_table_with_secrets_masked()
    {
        var config = await _client.OkAsync("GET", "admin/config");

        foreach (var table in new[] { "app", "image", "proxy", "retry", "token", "cache", "upstream" })
            Assert.Equal(JsonValueKind.Object, config.GetProperty(table).ValueKind);
        Assert.Equal(SettingsDescription.Mask, config.GetProperty("app").Text("app_key"));
        Assert.Equal("", config.GetProperty("proxy").Text("cf_clearance"));
        Assert.Equal(JsonValueKind.Number, config.GetProperty("version").ValueKind);
        Assert.DoesNotContain(AdminHome.Password, config.GetRawText());
    }

    [Fact]
    public async Task A_saved_setting_is_answered_in_force_under_a_higher_version()
    {
        var before = await _client.OkAsync("GET", "admin/config");

        var after = await _client.OkAsync("PUT", "admin/config", $$"""{"retry":{"max_tokens":6},"app":{"cors_origins":["https://a.example"]},"version":{{before.Number("version")}}}""");

        Assert.Equal(6, after.GetProperty("retry").Number("max_tokens"));
        Assert.Equal("https://a.example", after.GetProperty("app").GetProperty("cors_origins")[0].GetString());
        Assert.Equal(before.Number("version") + 1, after.Number("version"));
    }

    [Fact]
    public async Task A_form_sent_back_as_it_was_changes_nothing()
    {
        await _client.OkAsync("PUT", "admin/config", new { proxy = new { cf_cookies = "a=1; b=2", base_proxy_url = "http://user:secret@proxy.example:3128", asset_proxy_url = "socks5://user:secret@assets.example:1080" } });
        var before = await _client.OkAsync("GET", "admin/config");

        var after = await _client.OkAsync("PUT", "admin/config", before.GetRawText());

        Assert.Equal(before.Number("version"), after.Number("version"));
        Assert.Equal("http://********@proxy.example:3128", after.GetProperty("proxy").Text("base_proxy_url"));
        Assert.Equal("socks5://********@assets.example:1080", after.GetProperty("proxy").Text("asset_proxy_url"));
        Assert.Equal(SettingsDescription.Mask, after.GetProperty("proxy").Text("cf_cookies"));
        Assert.DoesNotContain("secret", after.GetRawText());
    }

    [Fact]
    public async Task A_stale_version_is_a_conflict_by_body_or_by_header()
    {
        var version = (await _client.OkAsync("GET", "admin/config")).Number("version");
        await _client.OkAsync("PUT", "admin/config", new { token = new { fail_threshold = version % 900 + 7 }, version });

        Assert.Equal("version_conflict", (await _client.RefusedAsync("PUT", "admin/config", new { token = new { max_inflight = 3 }, version }, HttpStatusCode.Conflict)).Text("code"));
        using var request = new HttpRequestMessage(HttpMethod.Put, "admin/config") { Content = new StringContent("""{"token":{"max_inflight":3}}""") };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        using var answer = await _client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.NotEqual(3, (await _client.OkAsync("GET", "admin/config")).GetProperty("token").Number("max_inflight"));
    }

    [Fact]
    public async Task All_bad_fields_are_named_and_nothing_is_saved()
    {
        var before = await _client.OkAsync("GET", "admin/config");
        var body = new { retry = new { max_tokens = 99, per_token_retries = 3 }, token = new { selection_algorithm = "dice" }, app = new { port = 1, no_such_key = 1 } };

        var error = await _client.RefusedAsync("PUT", "admin/config", body, HttpStatusCode.BadRequest);

        Assert.Equal("invalid_value", error.Text("code"));
        Assert.Equal(
            ["app.no_such_key", "app.port", "retry.max_tokens", "token.selection_algorithm"],
            error.GetProperty("errors").EnumerateArray().Select(e => e.Text("param")).Order());
        var after = await _client.OkAsync("GET", "admin/config");
        Assert.Equal((before.Number("version"), before.GetProperty("retry").Number("per_token_retries")), (after.Number("version"), after.GetProperty("retry").Number("per_token_retries")));
    }

    [Theory]
    [InlineData("app", "admin_max_fails", "-1")]
    [InlineData("app", "admin_max_fails", "\"10\"")]
    [InlineData("app", "body_limit", "1")]
    [InlineData("app", "app_key", "\"\"")]
    [InlineData("app", "temporary", "1")]
    [InlineData("app", "cors_origins", "\"*\"")]
    [InlineData("proxy", "base_proxy_url", "\"not a url\"")]
    [InlineData("proxy", "asset_proxy_url", "\"ftp://proxy:21\"")]
    [InlineData("proxy", "flaresolverr_url", "\"http://user:secret@solver:8191\"")]
    [InlineData("proxy", "flaresolverr_url", "\"solver:8191\"")]
    [InlineData("proxy", "enabled", "1")]
    [InlineData("proxy", "refresh_interval", "-1")]
    [InlineData("proxy", "solve_timeout", "601")]
    [InlineData("proxy", "challenge_wait", "301")]
    [InlineData("proxy", "timeout", "0")]
    [InlineData("retry", "retry_backoff_factor", "1e9")]
    [InlineData("retry", "max_tokens", "[1]")]
    [InlineData("token", "usage_flush_interval_sec", "0")]
    [InlineData("token", "selection_algorithm", "\"fastest\"")]
    [InlineData("token", "overflow_on", "[\"quota\",\"luck\"]")]
    [InlineData("token", "refresh_concurrency", "201")]
    [InlineData("token", "refresh_spacing", "0")]
    [InlineData("token", "max_inflight", "-1")]
    [InlineData("token", "fail_threshold", "1001")]
    [InlineData("upstream", "connection_lifetime", "9")]
    [InlineData("upstream", "headers", "{\"Accept\":null}")]
    public async Task A_value_out_of_its_range_is_refused_by_name(string table, string name, string value)
    {
        var error = await _client.RefusedAsync("PUT", "admin/config", $"{{\"{table}\":{{\"{name}\":{value}}}}}", HttpStatusCode.BadRequest);
        Assert.StartsWith($"{table}.{name}", error.Text("param"));
    }

    [Fact]
    public async Task Null_takes_a_saved_setting_away()
    {
        await _client.OkAsync("PUT", "admin/config", new { retry = new { retry_budget = 77 } });
        var after = await _client.OkAsync("PUT", "admin/config", """{"retry":{"retry_budget":null}}""");
        Assert.Equal(60, after.GetProperty("retry").Number("retry_budget"));
    }

    [Fact]
    public async Task Of_two_who_edit_at_the_same_time_none_is_lost_silently()
    {
        var version = (await _client.OkAsync("GET", "admin/config")).Number("version");
        var answers = await Task.WhenAll(Enumerable.Range(1, 6).Select(i =>
            _client.SendAsync("PUT", "admin/config", JsonSerializer.Serialize(new { upstream = new { idle_timeout = 100 + i }, version }))));

        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        Assert.Equal(5, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_text_of_any_characters_comes_back_as_it_was()
    {
        const string Text = "line 1\nline 2 \"quoted\" \\ back 😀 \t";
        var after = await _client.OkAsync("PUT", "admin/config", new JsonObject { ["app"] = new JsonObject { ["custom_instruction"] = Text } });
        Assert.Equal(Text, after.GetProperty("app").Text("custom_instruction"));
    }
}

public sealed class AdminConfigInOneProcess(AdminInOneProcess home) : AdminConfigContract(home), IClassFixture<AdminInOneProcess>;

public sealed class AdminConfigApart(AdminApart home) : AdminConfigContract(home), IClassFixture<AdminApart>;
