using System.Net;
using System.Text.Json;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>What /admin/routing/explain answers.</summary>
public abstract partial class AdminRestContract
{
    private const string HeavyModel = "grok-4.20-heavy";

    [Fact]
    public async Task An_explanation_names_the_token_that_would_be_lent_and_why_no_other_would()
    {
        var secrets = new[] { NewToken(), NewToken(), NewToken() };
        var imported = await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens = secrets, pool = "heavy", priority = 900 });
        var ids = imported.GetProperty("tokens").EnumerateArray().Select(t => t.Number("id")).ToList();
        await _client.OkAsync("PUT", $"admin/tokens/{ids[0]}", new { status = "disabled" });
        await _client.OkAsync("PUT", $"admin/tokens/{ids[2]}", new { priority = 899 });
        var basic = await ImportedAsync();
        try
        {
            var answer = await _client.OkAsync("POST", "admin/routing/explain", new { model = HeavyModel });
            Assert.Equal((HeavyModel, JsonValueKind.Null), (answer.Text("model"), answer.GetProperty("refused").ValueKind));
            var token = answer.GetProperty("token");
            Assert.Equal((ids[1], $"{secrets[1][..4]}****{secrets[1][^4..]}", "ssoHeavy", 900L), (token.Number("id"), token.Text("token"), token.Text("pool"), token.Number("priority")));
            Assert.All(secrets, s => Assert.DoesNotContain(s, answer.GetRawText(), StringComparison.Ordinal));

            var route = answer.GetProperty("routes").EnumerateArray().Single();
            Assert.Equal(("grok_web", "heavy", "high_quota_first", "order"), (route.Text("provider"), route.Text("mode"), route.Text("algorithm"), route.Text("by")));
            Assert.Contains(ids[0], Skipped(route, "disabled"));
            Assert.Contains(ids[2], Skipped(route, "lower_priority"));
            Assert.Contains(route.GetProperty("skipped").EnumerateArray(), s => s.Text("reason") == "other_pool");
            Assert.Equal(route.Number("tokens"), 1 + route.GetProperty("skipped").EnumerateArray().Sum(s => s.Number("count")));

            // Nothing was lent.
            var after = await _client.OkAsync("GET", $"admin/tokens/{ids[1]}");
            Assert.Equal(0, after.Number("inflight"));
            Assert.False(after.TryGetProperty("last_used", out _));
        }
        finally
        {
            foreach (var id in ids.Append(basic))
                await _client.OkAsync("DELETE", $"admin/tokens/{id}", expected: HttpStatusCode.NoContent);
        }
    }

    [Fact]
    public async Task An_explanation_of_a_model_that_nobody_can_serve_says_why()
    {
        var id = (await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens = new[] { NewToken() }, pool = "xai" })).GetProperty("tokens")[0].Number("id");
        await _client.OkAsync("PUT", $"admin/tokens/{id}", new { status = "disabled" });
        var answer = await _client.OkAsync("POST", "admin/routing/explain", new { model = "xai/any-model" });
        var route = answer.GetProperty("routes").EnumerateArray().Single();
        Assert.Equal(("xai", "no_such_pool"), (route.Text("provider"), route.GetProperty("none").Text("reason")));
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("token").ValueKind);
        await _client.OkAsync("DELETE", $"admin/tokens/{id}", expected: HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task An_explanation_for_a_key_says_where_the_key_itself_is_refused()
    {
        var key = await _client.OkAsync("POST", "admin/apikeys", new { name = "explained", model_whitelist = (List<string>)["grok-4.20"] }, HttpStatusCode.Created);
        var id = key.Number("id");
        var allowed = await _client.OkAsync("POST", "admin/routing/explain", new { model = "grok-4.20", key = id, affinity = "conversation" });
        Assert.Equal(JsonValueKind.Null, allowed.GetProperty("refused").ValueKind);
        var refused = await _client.OkAsync("POST", "admin/routing/explain", new { model = HeavyModel, key = id });
        Assert.Equal("model_not_allowed", refused.GetProperty("refused").Text("code"));
        Assert.Equal(JsonValueKind.Null, refused.GetProperty("token").ValueKind);
    }

    [Theory]
    [InlineData("{}", "model_required", "model")]
    [InlineData("""{"model":"no-such-model"}""", "model_not_found", "model")]
    [InlineData("""{"model":7}""", "invalid_json", "model")]
    [InlineData("""{"model":"grok-4.20","key":"mine"}""", "invalid_key", "key")]
    [InlineData("""{"model":"grok-4.20","key":-1}""", "invalid_key", "key")]
    [InlineData("""{"model":"grok-4.20","key":999999999}""", "apikey_not_found", "key")]
    [InlineData("""{"model":"grok-4.20","affinity":"alone"}""", "invalid_affinity", "affinity")]
    [InlineData("""{"model":"grok-4.20","key":1,"affinity":5}""", "invalid_affinity", "affinity")]
    [InlineData("""{"model":"grok-4.20","key":1,"affinity":{"cookie":"a"}}""", "invalid_affinity", "affinity")]
    [InlineData("""{"model":"grok-4.20","key":1,"affinity":""}""", "invalid_affinity", "affinity")]
    public async Task What_cannot_be_explained_is_refused_by_its_field(string body, string code, string param)
    {
        var error = await _client.RefusedAsync("POST", "admin/routing/explain", body, HttpStatusCode.BadRequest);
        Assert.Equal((code, param), (error.Text("code"), error.Text("param")));
    }

    private static IEnumerable<long> Skipped(JsonElement route, string reason) =>
        route.GetProperty("skipped").EnumerateArray().Single(s => s.Text("reason") == reason).GetProperty("tokens").EnumerateArray().Select(t => t.Number("id"));
}
