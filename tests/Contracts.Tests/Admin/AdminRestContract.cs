using System.Net;
using System.Text.Json;
using GrokForge.Admin.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>What /admin answers in every home.</summary>
public abstract partial class AdminRestContract(AdminHome home)
{
    private readonly HttpClient _client = home.Client();

    private static string NewToken() => $"eyJ{Guid.NewGuid():N}{Guid.NewGuid():N}";

    [Fact]
    public async Task Without_a_password_nothing_is_shown()
    {
        using var stranger = home.Client(bearer: null);
        foreach (var path in new[] { "admin/tokens", "admin/config", "admin/verify", "admin/no-such-thing", "admin" })
            Assert.Equal("missing_app_key", (await stranger.RefusedAsync("GET", path, null, HttpStatusCode.Unauthorized)).Text("code"));
    }

    [Fact]
    public async Task A_session_opens_with_the_password_and_ends_with_the_log_out()
    {
        using var browser = home.Client(bearer: null);
        using var answer = await browser.SendAsync("POST", "admin/login", new { key = AdminHome.Password });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("gf_session=", cookie);
        foreach (var mark in new[] { "path=/admin", "httponly", "samesite=lax", "max-age=2592000" })
            Assert.Contains(mark, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("ok", (await browser.OkAsync("GET", "admin/verify")).Text("status"));

        using var thief = home.Client(bearer: null);
        thief.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        await thief.OkAsync("GET", "admin/verify");
        await browser.OkAsync("POST", "admin/logout");

        await browser.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
        await thief.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Behind_tls_the_cookie_is_secure()
    {
        using var browser = home.Client(bearer: null);
        browser.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var answer = await browser.SendAsync("POST", "admin/login", new { key = AdminHome.Password });
        Assert.Contains("secure", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_log_in_without_a_password_is_a_bad_request()
    {
        using var browser = home.Client(bearer: null);
        Assert.Equal("missing_key", (await browser.RefusedAsync("POST", "admin/login", new { }, HttpStatusCode.BadRequest)).Text("code"));
        Assert.Equal("invalid_json", (await browser.RefusedAsync("POST", "admin/login", "{", HttpStatusCode.BadRequest)).Text("code"));
    }

    [Fact]
    public async Task A_byte_order_mark_before_a_body_does_not_matter()
    {
        using var browser = home.Client(bearer: null);
        using var answer = await browser.SendAsync("POST", "admin/login", "\uFEFF" + JsonSerializer.Serialize(new { key = AdminHome.Password }));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Tokens_are_imported_line_by_line_and_shown_masked()
    {
        var (first, second) = (NewToken(), NewToken());
        var result = await _client.OkAsync("POST", "admin/tokens/batch", new
        {
            operation = "import",
            tokens = new[] { $"  sso={first}; Path=/ \r\n", second, "", first, "short" },
            pool = "ssoSuper",
            priority = 3,
            remark = "from a test",
        });

        Assert.Equal(("import", 2, 2), (result.Text("operation"), result.Number("success"), result.Number("failed")));
        Assert.Equal([2L, 3L], result.GetProperty("errors").EnumerateArray().Select(e => e.Number("index")));
        Assert.DoesNotContain(first, result.GetRawText());

        var id = result.GetProperty("tokens")[0].Number("id");
        var token = await _client.OkAsync("GET", $"admin/tokens/{id}");
        Assert.Equal($"{first[..4]}****{first[^4..]}", token.Text("token"));
        Assert.Equal(("ssoSuper", "active", 3, "from a test"), (token.Text("pool"), token.Text("status"), token.Number("priority"), token.Text("remark")));
        Assert.Equal(JsonValueKind.Object, token.GetProperty("quotas").ValueKind);
        Assert.Equal(0, token.Number("inflight"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT", token.Text("created_at"));
    }

    [Fact]
    public async Task A_token_is_changed_and_deleted()
    {
        var id = await ImportedAsync();

        var changed = await _client.OkAsync("PUT", $"admin/tokens/{id}", new { status = "disabled", pool = "heavy", priority = -2, remark = "é" });
        Assert.Equal(("disabled", "ssoHeavy", -2, "é"), (changed.Text("status"), changed.Text("pool"), changed.Number("priority"), changed.Text("remark")));
        Assert.Equal("active", (await _client.OkAsync("PUT", $"admin/tokens/{id}", new { status = "active" })).Text("status"));

        await _client.OkAsync("DELETE", $"admin/tokens/{id}", expected: HttpStatusCode.NoContent);
        foreach (var (method, body) in new[] { ("GET", (object?)null), ("DELETE", null), ("PUT", new { priority = 1 }) })
            Assert.Equal("token_not_found", (await _client.RefusedAsync(method, $"admin/tokens/{id}", body, HttpStatusCode.NotFound)).Text("code"));
    }

    [Theory]
    [InlineData("""{"status":"expired"}""", "invalid_status")]
    [InlineData("""{"pool":"gold"}""", "invalid_pool")]
    [InlineData("""{"quotas":{"no-such-mode":1}}""", "unknown_mode")]
    [InlineData("""{"quotas":{"auto":-1}}""", "invalid_quota")]
    [InlineData("""{"quotas":{"auto":100000}}""", "quota_exceeds_limit")]
    [InlineData("""{"quotas":{"heavy":1}}""", "unknown_mode")]
    [InlineData("""{"max_inflight":-5}""", "invalid_value")]
    [InlineData("""{"remark":"a\u0000b"}""", "remark_too_long")]
    [InlineData("""{"priority":"high"}""", "invalid_json")]
    [InlineData("""{"priority":99999999999}""", "invalid_json")]
    public async Task A_bad_change_of_a_token_says_what_is_bad(string body, string code)
    {
        var id = await ImportedAsync();
        var before = (await _client.OkAsync("GET", $"admin/tokens/{id}")).GetRawText();
        var error = await _client.RefusedAsync("PUT", $"admin/tokens/{id}", body, HttpStatusCode.BadRequest);
        Assert.Equal((code, JsonDocument.Parse(body).RootElement.EnumerateObject().Single().Name), (error.Text("code"), error.Text("param")));
        Assert.Equal(before, (await _client.OkAsync("GET", $"admin/tokens/{id}")).GetRawText());
    }

    [Fact]
    public async Task Many_tokens_are_disabled_enabled_exported_and_deleted_at_once()
    {
        long[] ids = [await ImportedAsync(), await ImportedAsync()];

        var disabled = await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "disable", ids = ids.Append(999_999_999) });
        Assert.Equal((2, 1), (disabled.Number("success"), disabled.Number("failed")));
        Assert.Equal(999_999_999, disabled.GetProperty("errors")[0].Number("id"));
        Assert.Equal("disabled", (await _client.OkAsync("GET", $"admin/tokens/{ids[1]}")).Text("status"));
        Assert.Contains(ids[0], (await _client.OkAsync("GET", "admin/tokens/ids?status=disabled")).GetProperty("ids").EnumerateArray().Select(i => i.GetInt64()));

        Assert.Equal(2, (await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "enable", ids })).Number("success"));
        var export = await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "export", ids });
        Assert.All(export.GetProperty("tokens").EnumerateArray(), t => Assert.Contains("****", t.Text("token")));
        Assert.Empty(export.GetProperty("raw_tokens").EnumerateArray());

        Assert.Equal(2, (await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "delete", ids })).Number("success"));
        Assert.Equal((0, 2), Totals(await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "delete", ids })));
    }

    [Fact]
    public async Task A_file_of_tokens_is_imported_line_by_line_and_a_dry_run_changes_nothing()
    {
        var (first, second) = (NewToken(), NewToken());
        var file = $"{first}\r\n\r\nshort\r\nsso={second}; Path=/\r\n{first}\r\n";
        foreach (var (dryRun, expected) in new[] { ("true", HttpStatusCode.NotFound), ("false", HttpStatusCode.OK) })
        {
            using var answer = await _client.PostAsync(new Uri($"admin/tokens/import?pool=super&priority=4&dry_run={dryRun}", UriKind.Relative), new StringContent(file), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var result = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
            Assert.Equal((2, 0, 1, 1), (result.Number("added"), result.Number("revived"), result.Number("duplicate"), result.Number("invalid")));
            Assert.Equal(["1 added", "3 invalid", "4 added", "5 duplicate"], result.GetProperty("lines").EnumerateArray().Select(l => $"{l.Number("line")} {l.Text("outcome")}"));
            Assert.DoesNotContain(first, result.GetRawText());
            var id = result.GetProperty("lines")[0].TryGetProperty("id", out var told) ? told.GetInt64() : 999_999_998;
            using var token = await _client.GetAsync(new Uri($"admin/tokens/{id}", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(expected, token.StatusCode);
            if (expected == HttpStatusCode.OK)
                Assert.Equal(("ssoSuper", 4L), (JsonDocument.Parse(await token.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement is var t ? t.Text("pool") : "", t.Number("priority")));
        }
    }

    [Fact]
    public async Task Exports_of_other_programs_are_imported_with_what_they_say_of_each_token()
    {
        var tokens = Enumerable.Range(0, 4).Select(_ => NewToken()).ToArray();
        var document = $$$"""{"ssoBasic":[{"token":"{{{tokens[0]}}}","status":"invalid","quota":3,"note":"old"},"{{{tokens[1]}}}"],"ssoHeavy":{"{{{tokens[2]}}}":{"status":"active"}},"ssoGold":["{{{tokens[3]}}}"]}""";
        var result = await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens = new[] { document } });
        Assert.Equal((3, 1), Totals(result));
        Assert.Equal((3, 1), (result.GetProperty("import").Number("added"), result.GetProperty("import").Number("invalid")));
        Assert.Contains("ssoGold", result.GetProperty("errors")[0].Text("message"), StringComparison.Ordinal);
        Assert.Equal(["ssoBasic", "ssoBasic", "ssoHeavy"], result.GetProperty("tokens").EnumerateArray().Select(t => t.Text("pool")));
        var first = await _client.OkAsync("GET", $"admin/tokens/{result.GetProperty("tokens")[0].Number("id")}");
        Assert.Equal(("disabled", "old"), (first.Text("status"), first.Text("remark")));
    }

    [Theory]
    [InlineData("""{"\ud800":["a"]}""", 0)]
    [InlineData("""["a","\ud800","b"]""", 1)]
    public async Task An_import_with_half_a_surrogate_pair_says_how_far_it_was_read(string file, int lines)
    {
        using var answer = await _client.PostAsync(new Uri("admin/tokens/import?dry_run=true", UriKind.Relative), new StringContent(file), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var result = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(lines, result.GetProperty("lines").GetArrayLength());
        Assert.StartsWith("The document is broken behind byte ", result.Text("stopped"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pool=gold", "invalid_pool")]
    [InlineData("priority=high", "invalid_value")]
    [InlineData("status=expired", "invalid_status")]
    [InlineData("dry_run=maybe", "invalid_value")]
    public async Task A_bad_wish_of_an_import_says_what_is_bad(string query, string code)
    {
        using var answer = await _client.PostAsync(new Uri($"admin/tokens/import?{query}", UriKind.Relative), new StringContent(NewToken()), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("error").Text("code"));
    }

    [Fact]
    public async Task Tokens_are_exported_in_clear_text_and_that_is_on_record()
    {
        var (first, second) = (NewToken(), NewToken());
        var imported = await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens = new[] { first, second } });
        long[] ids = [.. imported.GetProperty("tokens").EnumerateArray().Select(t => t.Number("id"))];

        var export = await _client.OkAsync("POST", "admin/tokens/batch?raw=true", new { operation = "export", ids = ids.Append(999_999_997) });
        Assert.Equal([first, second], export.GetProperty("raw_tokens").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(((2L, 1L), 999_999_997L), (Totals(export), export.GetProperty("errors")[0].Number("id")));
        Assert.Contains(first, (await _client.OkAsync("POST", "admin/tokens/batch?raw=true", new { operation = "export" })).GetProperty("raw_tokens").EnumerateArray().Select(t => t.GetString()));

        await using var store = await home.Admin.Services.GetRequiredService<IDbContextFactory<AdminStore>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        var entries = await store.Audit.Where(e => e.Action == "tokens.export_raw").OrderBy(e => e.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Contains(entries, e => e.Detail == $"tokens {ids[0]}, {ids[1]}, 999999997" && e.Caller == "password" && e.Address.Length > 0);
        Assert.Contains(entries, e => e.Detail == "all tokens");
        Assert.DoesNotContain(entries, e => e.Detail.Contains(first, StringComparison.Ordinal));

        // What was exported can be imported as it is.
        await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "delete", ids });
        var back = await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens = new[] { export.GetRawText() } });
        Assert.Equal(2, back.GetProperty("import").Number("added"));
    }

    [Fact]
    public async Task Tokens_are_listed_page_by_page()
    {
        await ImportedAsync();
        await ImportedAsync();
        var page = await _client.OkAsync("GET", "admin/tokens?page=2&page_size=1");
        Assert.Equal((2, 1, page.Number("total")), (page.Number("page"), page.Number("page_size"), page.Number("total_pages")));
        Assert.Single(page.GetProperty("data").EnumerateArray());
        Assert.Equal((1, 20), Page(await _client.OkAsync("GET", "admin/tokens?page=-1&page_size=1000")));
        Assert.Equal((1, 20), Page(await _client.OkAsync("GET", "admin/tokens?page=x&page_size=")));
        Assert.Equal("invalid_status", (await _client.RefusedAsync("GET", "admin/tokens?status=lost", null, HttpStatusCode.BadRequest)).Text("code"));
    }

    [Fact]
    public async Task A_key_is_created_listed_changed_regenerated_and_deleted()
    {
        var created = await _client.OkAsync(
            "POST", "admin/apikeys",
            """{"name":"ci","model_whitelist":["grok-4.20"],"rate_limit":0,"daily_limit":5,"expires_at":"2030-01-01T00:00:00+01:00"}""", HttpStatusCode.Created);
        var (id, key) = (created.Number("id"), created.Text("key"));
        Assert.Matches("^gf-[0-9a-f]{48}$", key);
        Assert.Equal("ci", created.Text("name"));

        var listed = (await _client.OkAsync("GET", "admin/apikeys")).GetProperty("data").EnumerateArray().Single(k => k.Number("id") == id);
        Assert.Equal($"{key[..4]}...{key[^4..]}", listed.Text("key"));
        Assert.Equal(("active", 0, 5, "2029-12-31T23:00:00Z"), (listed.Text("status"), listed.Number("rate_limit"), listed.Number("daily_limit"), listed.Text("expires_at")));

        var patched = await _client.OkAsync("PATCH", $"admin/apikeys/{id}", """{"status":"inactive","expires_at":null,"model_whitelist":[],"rate_limit":9}""");
        Assert.Equal(("inactive", 9, 5), (patched.Text("status"), patched.Number("rate_limit"), patched.Number("daily_limit")));
        Assert.Equal(JsonValueKind.Null, patched.GetProperty("expires_at").ValueKind);
        Assert.Empty(patched.GetProperty("model_whitelist").EnumerateArray());

        var fresh = await _client.OkAsync("POST", $"admin/apikeys/{id}/regenerate");
        Assert.Equal(id, fresh.Number("id"));
        Assert.NotEqual(key, fresh.Text("key"));

        await _client.OkAsync("DELETE", $"admin/apikeys/{id}", expected: HttpStatusCode.NoContent);
        foreach (var (method, path) in new[] { ("GET", ""), ("DELETE", ""), ("POST", "/regenerate") })
            Assert.Equal("apikey_not_found", (await _client.RefusedAsync(method, $"admin/apikeys/{id}{path}", null, HttpStatusCode.NotFound)).Text("code"));
        Assert.Equal(JsonValueKind.Number, (await _client.OkAsync("GET", "admin/apikeys/stats")).GetProperty("rate_limited").ValueKind);
    }

    [Theory]
    [InlineData("""{}""", "name_required", "name")]
    [InlineData("""{"name":" "}""", "name_required", "name")]
    [InlineData("""{"name":"a","expires_at":"soon"}""", "invalid_expires_at", "expires_at")]
    [InlineData("""{"name":"a","expires_at":5}""", "invalid_expires_at", "expires_at")]
    [InlineData("""{"name":"a","expires_at":"\ud800"}""", "invalid_expires_at", "expires_at")]
    [InlineData("""{"name":"a","rate_limit":-1}""", "invalid_value", "rate_limit")]
    [InlineData("""{"name":"a","rate_limit":"5"}""", "invalid_json", "rate_limit")]
    [InlineData("""{"name":"\ud800"}""", "invalid_json", "name")]
    [InlineData("""{"name":"a\u0000"}""", "invalid_name", "name")]
    public async Task A_bad_key_says_what_is_bad(string body, string code, string param)
    {
        var error = await _client.RefusedAsync("POST", "admin/apikeys", body, HttpStatusCode.BadRequest);
        Assert.Equal((code, param), (error.Text("code"), error.Text("param")));
    }

    [Fact]
    public async Task Clearances_are_shown_per_egress_without_secrets()
    {
        await _client.OkAsync("PUT", "admin/config", new { proxy = new { base_proxy_url = "http://joe:s3cret@proxy.example:3128", asset_proxy_url = "socks5://assets.example:1080", refresh_interval = 120 } });
        var shown = await _client.OkAsync("GET", "admin/clearance");
        await _client.OkAsync("PUT", "admin/config", """{"proxy":{"base_proxy_url":null,"asset_proxy_url":null,"refresh_interval":null}}""");
        Assert.Equal((false, "", 120), (shown.GetProperty("enabled").GetBoolean(), shown.Text("solver"), shown.Number("refresh_interval")));
        var egresses = shown.GetProperty("egresses").EnumerateArray().ToList();
        Assert.Equal(["http://proxy.example:3128", "socks5://assets.example:1080"], egresses.Select(e => e.Text("egress").Split('#')[0]));
        Assert.All(egresses, e => Assert.Equal((false, "", JsonValueKind.Null, JsonValueKind.Null), (e.GetProperty("available").GetBoolean(), e.Text("last_error"), e.GetProperty("last_success_at").ValueKind, e.GetProperty("next_run_at").ValueKind)));
        foreach (var secret in (string[])["joe", "s3cret"])
            Assert.DoesNotContain(secret, shown.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_models_counts_and_usage_are_shown()
    {
        await ImportedAsync();
        var status = await _client.OkAsync("GET", "admin/system/status");
        Assert.Equal("healthy", status.Text("status"));
        Assert.Empty(status.GetProperty("reasons").EnumerateArray());
        Assert.True(status.GetProperty("tokens").Number("total") > 0);
        Assert.True(status.GetProperty("uptime").GetDouble() > 0);

        var models = await _client.OkAsync("GET", "admin/models");
        Assert.Contains(models.GetProperty("models").EnumerateArray(), m => m.Text("id") == "grok-4.20" && m.Text("type") == "chat");
        var auto = models.GetProperty("mode_groups").EnumerateArray().Single(m => m.Text("mode") == "auto");
        Assert.Equal(7200, auto.Number("window_seconds"));

        Assert.True((await _client.OkAsync("GET", "admin/stats/tokens")).Number("total") > 0);
        Assert.Equal(JsonValueKind.Array, (await _client.OkAsync("GET", "admin/usage/logs")).GetProperty("data").ValueKind);
        await _client.RefusedAsync("GET", "admin/usage/logs?model=grok-4.20", null, HttpStatusCode.NotImplemented);
    }

    [Theory]
    [InlineData("GET", "admin/cache/stats")]
    [InlineData("POST", "admin/cache/clear")]
    [InlineData("GET", "admin/stats/usage")]
    [InlineData("GET", "admin/system/usage")]
    public async Task What_does_not_exist_yet_says_so(string method, string path) =>
        Assert.Equal("not_implemented", (await _client.RefusedAsync(method, path, null, HttpStatusCode.NotImplemented)).Text("code"));

    [Theory]
    [InlineData("GET", "admin/nonsense", null, 404)]
    [InlineData("PUT", "admin/apikeys", "{}", 404)]
    [InlineData("GET", "admin/tokens/abc", null, 400)]
    [InlineData("GET", "admin/tokens/-1", null, 400)]
    [InlineData("GET", "admin/tokens/99999999999999999999", null, 400)]
    [InlineData("GET", "admin/apikeys/%20", null, 400)]
    [InlineData("PATCH", "admin/apikeys/0", "{}", 400)]
    [InlineData("POST", "admin/apikeys", "", 400)]
    [InlineData("POST", "admin/apikeys", "null", 400)]
    [InlineData("POST", "admin/apikeys", "[]", 400)]
    [InlineData("POST", "admin/apikeys", "{\"name\":", 400)]
    [InlineData("POST", "admin/tokens/batch", "{\"operation\":\"melt\"}", 400)]
    [InlineData("POST", "admin/tokens/batch", "{\"operation\":\"delete\",\"id\":[1]}", 400)]
    [InlineData("POST", "admin/tokens/batch", "{\"operation\":\"delete\",\"ids\":[\"1\"]}", 400)]
    [InlineData("POST", "admin/tokens/batch", "{}", 400)]
    [InlineData("POST", "admin/tokens/abc/refresh", null, 400)]
    [InlineData("POST", "admin/tokens/999999999/refresh", null, 404)]
    [InlineData("POST", "admin/tokens/batch/refresh", "{\"ids\":[\"1\"]}", 400)]
    [InlineData("PUT", "admin/config", "[]", 400)]
    [InlineData("PUT", "admin/config", "{\"app\":5}", 400)]
    [InlineData("PUT", "admin/config", "{\"version\":\"x\"}", 400)]
    public async Task A_clients_mistake_is_never_a_server_error(string method, string path, string? body, int status)
    {
        await _client.RefusedAsync(method, path, body, (HttpStatusCode)status);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_bodies_that_are_too_deep_or_too_large_are_refused()
    {
        await _client.RefusedAsync("POST", "admin/apikeys", new byte[] { 0x7b, 0xff, 0xfe }, HttpStatusCode.BadRequest);
        await _client.RefusedAsync("POST", "admin/apikeys", new string('[', 10_000), HttpStatusCode.BadRequest);
        Assert.Equal("request_too_large", (await _client.RefusedAsync("POST", "admin/apikeys", $"{{\"name\":\"{new string('a', 2_000_000)}\"}}", HttpStatusCode.RequestEntityTooLarge)).Text("code"));
    }

    [Fact]
    public async Task Another_sites_page_is_not_let_in()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "admin/tokens");
        request.Headers.Add("Origin", "https://elsewhere.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static (long Success, long Failed) Totals(JsonElement result) => (result.Number("success"), result.Number("failed"));

    private static (long Page, long Size) Page(JsonElement list) => (list.Number("page"), list.Number("page_size"));

    private async Task<long> ImportedAsync()
    {
        var result = await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens = new[] { NewToken() }, pool = "basic" });
        return result.GetProperty("tokens")[0].Number("id");
    }
}

public sealed class AdminRestInOneProcess(AdminInOneProcess home) : AdminRestContract(home), IClassFixture<AdminInOneProcess>;

public sealed class AdminRestApart(AdminApart home) : AdminRestContract(home), IClassFixture<AdminApart>;
