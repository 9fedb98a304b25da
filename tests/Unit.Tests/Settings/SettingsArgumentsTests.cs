using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Unit.Tests.Settings;

public sealed class SettingsArgumentsTests
{
    [Theory]
    [InlineData("-config|x.toml", "--config=x.toml")]
    [InlineData("--config|x.toml", "--config=x.toml")]
    [InlineData("-config=x.toml", "--config=x.toml")]
    [InlineData("--ignore-overrides|--app:port=1", "--ignore-overrides=true|--app:port=1")]
    [InlineData("--app:port|9000", "--app:port=9000")]
    [InlineData("--retry:retry_budget|-1", "--retry:retry_budget=-1")]
    [InlineData("--urls|http://localhost:1", "--urls=http://localhost:1")]
    [InlineData("--ConnectionStrings:redis=a=b", "--ConnectionStrings:redis=a=b")]
    public void Every_spelling_becomes_key_and_value(string given, string expected) =>
        Assert.Equal(expected, string.Join('|', SettingsArguments.Prepare(given.Split('|'))));

    [Theory]
    [InlineData("--confg=x", "did you mean --config?")]
    [InlineData("--ap:port=1", "did you mean --app:port?")]
    [InlineData("--verbose=1", "--verbose is not a switch.")]
    [InlineData("serve", "serve is not understood")]
    [InlineData("--", "-- is not understood")]
    [InlineData("--config", "--config needs a value")]
    public void What_nobody_would_read_is_refused(string argument, string message) =>
        Assert.Contains(message, Assert.Throws<StartRefusedException>(() => SettingsArguments.Prepare([argument])).Message, StringComparison.Ordinal);
}
