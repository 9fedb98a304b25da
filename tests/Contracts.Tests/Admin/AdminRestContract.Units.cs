using System.Net;
using System.Text;
using System.Text.Json;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>What /admin answers where an import asks for units.</summary>
public abstract partial class AdminRestContract
{
    [Theory]
    [InlineData("pool", "gold", "invalid_pool")]
    [InlineData("status", "expired", "invalid_status")]
    [InlineData("remark", "a\u0000b", "remark_too_long")]
    public async Task An_import_that_asks_for_what_cannot_be_imports_nothing(string field, string value, string code)
    {
        var tokens = new[] { NewToken() };
        var error = await _client.RefusedAsync("POST", "admin/tokens/batch", new Dictionary<string, object> { ["operation"] = "import", ["tokens"] = tokens, [field] = value }, HttpStatusCode.BadRequest);
        Assert.Equal((code, field), (error.Text("code"), error.Text("param")));
        Assert.Equal(1, (await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens })).GetProperty("import").Number("added"));
    }

    [Theory]
    [InlineData("warp", 1, "unknown_mode")]
    [InlineData("auto", -1, "invalid_quota")]
    public async Task An_import_with_units_that_cannot_be_imports_nothing(string mode, int units, string code)
    {
        var tokens = new[] { NewToken() };
        var body = JsonSerializer.Serialize(new { operation = "import", tokens, quotas = new Dictionary<string, int> { [mode] = units } });
        using var answer = await _client.PostAsync(new Uri("admin/tokens/batch", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetRawText();
        Assert.Contains($"\"{code}\"", error, StringComparison.Ordinal);
        Assert.Contains("\"quotas\"", error, StringComparison.Ordinal);
        Assert.Equal(1, (await _client.OkAsync("POST", "admin/tokens/batch", new { operation = "import", tokens })).GetProperty("import").Number("added"));
    }
}
