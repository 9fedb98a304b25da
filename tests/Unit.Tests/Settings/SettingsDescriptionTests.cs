using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Unit.Tests.Settings;

public sealed class SettingsDescriptionTests
{
    [Fact]
    public void A_secret_that_is_set_is_masked()
    {
        var description = Describe("app.app_key = \"hunter2\"", "app.app_key");
        Assert.True(description.Secret);
        Assert.Equal(SettingsDescription.Mask, description.Value);
    }

    [Fact]
    public void A_secret_that_is_not_set_is_empty() => Assert.Equal("", Describe("", "app.app_key").Value);

    [Fact]
    public void Values_keep_their_type()
    {
        Assert.Equal(9000, Describe("app.port = 9000", "app.port").Value);
        Assert.Equal(1.5, Describe("retry.retry_budget = 1.5", "retry.retry_budget").Value);
        Assert.Equal(true, Describe("app.stream = true", "app.stream").Value);
        Assert.Equal((string[])["quota"], Describe("token.overflow_on = [\"quota\"]", "token.overflow_on").Value);
    }

    [Fact]
    public void A_description_says_default_rule_and_marks()
    {
        var port = Describe("app.port = 9000", "app.port");
        Assert.Equal(("app", "port", SettingKind.Whole, 8080, "a whole number from 1 to 65535", true), (port.Table, port.Name, port.Kind, port.Default, port.Rule, port.Bootstrap));
        Assert.True(Describe("", "app.log_json").NeedsRestart);
        Assert.False(Describe("", "retry.max_tokens").NeedsRestart);
    }

    [Fact]
    public void A_table_names_its_strongest_source() =>
        Assert.Equal((SettingOrigin.File, "config.toml(1,1)"), (Describe("upstream.headers.X = \"1\"", "upstream.headers").Origin, Describe("upstream.headers.X = \"1\"", "upstream.headers").Place));

    private static SettingDescription Describe(string file, string key) => new SettingsDescription(SettingsUnderTest.Start(file)).Describe().Single(d => d.Key == key);
}
