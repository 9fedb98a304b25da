using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Unit.Tests.Settings;

public sealed class SettingsValidatorTests
{
    private readonly LiveSettings _live = SettingsUnderTest.Start("retry.retry_backoff_max = 10");

    [Theory]
    [InlineData("retry.max_tokens", "6")]
    [InlineData("retry.retry_budget", "1.5")]
    [InlineData("upstream.request_timeout", "0")]
    [InlineData("upstream.request_timeout", "1.5")]
    [InlineData("app.stream", "true")]
    [InlineData("proxy.browser", "\"firefox_147\"")]
    [InlineData("proxy.browser", "firefox_147")]
    [InlineData("app.custom_instruction", "\"two\\nlines\"")]
    [InlineData("app.custom_instruction", "123")]
    [InlineData("token.overflow_on", "[\"quota\"]")]
    [InlineData("token.overflow_on", "[]")]
    [InlineData("retry.reset_session_status_codes", "[403, 520]")]
    [InlineData("retry.reset_session_status_codes", "[]")]
    [InlineData("retry.hedge_after", "2.5")]
    [InlineData("upstream.headers", "{ Accept-Language = \"de\" }")]
    [InlineData("upstream.headers.Accept-Language", "\"de\"")]
    [InlineData("app.media_generation_enabled", "true")]
    [InlineData("app.app_key", "\"secret\"")]
    public void A_right_override_may_be_saved(string key, string value) => Assert.Empty(Validate(key, value));

    [Theory]
    [InlineData("retry.max_tokens", "21", "is 21 but must be a whole number from 1 to 20")]
    [InlineData("retry.max_tokens", "\"6\"", "must be a whole number")]
    [InlineData("retry.max_tokens", "6\nper_token_retries = 1", "must be a whole number")]
    [InlineData("retry.max_tokens", "", "must be a whole number")]
    [InlineData("upstream.request_timeout", "0.5", "is 0.5 but must be a number from 1 to 86400, or 0")]
    [InlineData("retry.retry_backoff_base", "11", "must not be above retry.retry_backoff_max")]
    [InlineData("app.stream", "\"true\"", "must be true or false")]
    [InlineData("proxy.browser", "\"firefox_147", "must be a browser")]
    [InlineData("token.overflow_on", "\"quota\"", "must be a list of quota, slots, penalty")]
    [InlineData("retry.reset_session_status_codes", "[520.5]", "must be a list of HTTP statuses")]
    [InlineData("retry.reset_session_status_codes", "[99999999999]", "must be a list of HTTP statuses")]
    [InlineData("retry.hedge_after", "-1", "must be a number from 0 to 3600")]
    [InlineData("upstream.headers", "5", "must be a table")]
    [InlineData("upstream.headers", "{ Cookie = \"x\" }", "takes header names")]
    [InlineData("app.port", "81", "is needed before saved settings are read")]
    [InlineData("app.db_dsn", "\"x\"", "is needed before saved settings are read")]
    [InlineData("retry.max_token", "5", "did you mean retry.max_tokens?")]
    [InlineData("app", "5", "is a table")]
    public void A_wrong_override_is_refused_with_its_key(string key, string value, string message)
    {
        var error = Assert.Single(Validate(key, value));
        Assert.StartsWith(key, error.Key, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_override_is_told()
    {
        var errors = new SettingsValidator(_live).Validate(new Dictionary<string, string> { ["retry.max_tokens"] = "0", ["app.stream"] = "5" });
        Assert.Equal(["app.stream", "retry.max_tokens"], errors.Select(e => e.Key).Order());
    }

    [Fact]
    public void Validating_changes_nothing()
    {
        var before = _live.Current.Current;
        Assert.Empty(Validate("retry.max_tokens", "6"));
        Assert.Same(before, _live.Current.Current);
    }

    [Fact]
    public void Overrides_that_pass_are_in_force_as_they_were_meant()
    {
        _live.UseSaved(
            new Dictionary<string, string>
            {
                ["app.custom_instruction"] = "\"two\\nlines\"",
                ["upstream.headers"] = "{ Accept-Language = \"de\" }",
                ["token.overflow_on"] = "[]",
                ["retry.retry_budget"] = "7",
            },
            3);
        var settings = _live.Current.Current;
        Assert.Equal(("two\nlines", "de", 7), (settings.App.CustomInstruction, settings.Upstream.Headers["accept-language"], settings.Retry.BudgetSeconds));
        Assert.Empty(settings.Token.OverflowOn);
    }

    private IReadOnlyList<SettingError> Validate(string key, string value) => new SettingsValidator(_live).Validate(new Dictionary<string, string> { [key] = value });
}
