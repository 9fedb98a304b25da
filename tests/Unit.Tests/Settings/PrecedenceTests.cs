using System.Collections;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Unit.Tests.Settings;

public sealed class PrecedenceTests
{
    private const string File = """
        [retry]
        max_tokens = 2
        per_token_retries = 2
        retry_budget = 2
        first_byte_timeout = 2
        """;

    private static readonly Hashtable Environment = new()
    {
        ["GROKFORGE_RETRY__PER_TOKEN_RETRIES"] = "3",
        ["GROKFORGE_RETRY__RETRY_BUDGET"] = "3",
        ["GROKFORGE_RETRY__FIRST_BYTE_TIMEOUT"] = "3",
        ["GROKFORGE_MASTER_KEY"] = "no setting",
        ["GROKFORGE_GRPC_PORT"] = "1",
        ["RETRY__MAX_TOKENS"] = "19",
    };

    private static readonly string[] Arguments = ["--retry:retry_budget=4", "--retry:first_byte_timeout=4"];

    [Fact]
    public void Each_source_beats_those_before_it()
    {
        var live = SettingsUnderTest.Start(File, Environment, Arguments);
        live.UseSaved(new Dictionary<string, string> { ["retry.first_byte_timeout"] = "5" }, 1);

        var retry = live.Current.Current.Retry;
        Assert.Equal((20, 2, 3, 4, 5), (retry.BackoffMaxSeconds, retry.MaxTokens, retry.PerTokenRetries, retry.BudgetSeconds, retry.FirstByteTimeoutSeconds));
    }

    [Theory]
    [InlineData("retry.retry_backoff_max", SettingOrigin.Default, "")]
    [InlineData("retry.max_tokens", SettingOrigin.File, "config.toml(2,1)")]
    [InlineData("retry.per_token_retries", SettingOrigin.Environment, "GROKFORGE_RETRY__PER_TOKEN_RETRIES")]
    [InlineData("retry.retry_budget", SettingOrigin.CommandLine, "--retry:retry_budget")]
    [InlineData("retry.first_byte_timeout", SettingOrigin.Saved, "saved override")]
    public void The_description_names_the_source_of_each_value(string key, SettingOrigin origin, string place)
    {
        var live = SettingsUnderTest.Start(File, Environment, Arguments);
        live.UseSaved(new Dictionary<string, string> { ["retry.first_byte_timeout"] = "5" }, 1);

        var description = new SettingsDescription(live).Describe().Single(d => d.Key == key);
        Assert.Equal((origin, place), (description.Origin, description.Place));
    }

    [Fact]
    public void The_snapshot_knows_which_keys_were_given()
    {
        var given = SettingsUnderTest.Start("app.port = 9000").Current.Current.Given;
        Assert.Contains("app.port", given);
        Assert.DoesNotContain("app.host", given);
    }

    [Fact]
    public void A_list_comes_from_the_environment_as_text_with_commas() =>
        Assert.Equal(
            ["https://a.example", "https://b.example"],
            SettingsUnderTest.Start("", new Hashtable { ["GROKFORGE_APP__CORS_ORIGINS"] = "https://a.example, https://b.example" }).Current.Current.App.CorsOrigins);

    [Fact]
    public void A_list_comes_from_the_environment_as_numbered_items() =>
        Assert.Equal(
            ["https://a.example", "https://b.example"],
            SettingsUnderTest.Start(
                "", new Hashtable { ["GROKFORGE_APP__CORS_ORIGINS__1"] = "https://b.example", ["GROKFORGE_APP__CORS_ORIGINS__0"] = "https://a.example" }).Current.Current.App.CorsOrigins);

    [Theory]
    [InlineData("GROKFORGE_RETRY__RESET_SESSION_STATUS_CODES", "520, 503")]
    [InlineData("GROKFORGE_RETRY__RESET_SESSION_STATUS_CODES", "[520, 503]")]
    public void A_list_of_numbers_comes_from_the_environment(string name, string value) =>
        Assert.Equal([520, 503], SettingsUnderTest.Start("", new Hashtable { [name] = value }).Current.Current.Retry.ResetSessionStatusCodes);

    [Fact]
    public void A_list_of_numbers_comes_from_the_environment_as_numbered_items() =>
        Assert.Equal(
            [520, 503],
            SettingsUnderTest.Start("", new Hashtable { ["GROKFORGE_RETRY__RESET_SESSION_STATUS_CODES__0"] = "520", ["GROKFORGE_RETRY__RESET_SESSION_STATUS_CODES__1"] = "503" })
                .Current.Current.Retry.ResetSessionStatusCodes);

    [Fact]
    public void An_empty_variable_makes_a_list_empty() =>
        Assert.Empty(SettingsUnderTest.Start("", new Hashtable { ["GROKFORGE_APP__CORS_ORIGINS"] = "" }).Current.Current.App.CorsOrigins);

    [Fact]
    public void A_list_of_a_stronger_source_replaces_the_weaker_one_whole() =>
        Assert.Equal(["slots"], SettingsUnderTest.Start("token.overflow_on = [\"slots\"]").Current.Current.Token.OverflowOn);

    [Fact]
    public void Header_tables_are_merged_by_name_without_regard_to_case()
    {
        var live = SettingsUnderTest.Start(
            "[upstream.headers]\nAccept-Language = \"de\"\nPriority = \"u=1\"", new Hashtable { ["GROKFORGE_UPSTREAM__HEADERS__ACCEPT-LANGUAGE"] = "fr" });
        var headers = live.Current.Current.Upstream.Headers;
        Assert.Equal("fr", headers["Accept-Language"]);
        Assert.Equal("u=1", headers["priority"]);
        Assert.Equal(2, headers.Count);
    }

    [Fact]
    public void A_header_given_on_the_command_line_keeps_its_name() =>
        Assert.Contains("X-My.Header", SettingsUnderTest.Start("", null, "--upstream:headers:X-My.Header=1").Current.Current.Upstream.Headers.Keys);

    [Theory]
    [InlineData("upstream.request_timeout = 0\nproxy.timeout = 240", 240)]
    [InlineData("upstream.request_timeout = 50\nproxy.timeout = 240", 50)]
    public void The_request_timeout_falls_back_to_that_of_the_proxy(string file, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), SettingsUnderTest.Start(file).Current.Current.RequestTimeout);

    [Fact]
    public void No_retry_budget_is_the_longest_time_there_is() =>
        Assert.Equal(TimeSpan.MaxValue, SettingsUnderTest.Start("retry.retry_budget = 0").Current.Current.Retry.Budget);
}
