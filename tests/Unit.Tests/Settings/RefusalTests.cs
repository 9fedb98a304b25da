using System.Collections;
using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Unit.Tests.Settings;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("[app]\nport = 0", "config.toml(2,1): app.port is 0 but must be a whole number from 1 to 65535; correct it and start again.")]
    [InlineData("[app]\nport = 99999999999", "app.port is 99999999999 but must be a whole number from 1 to 65535")]
    [InlineData("[app]\nport = \"8080\"", "app.port is \"8080\" but must be a whole number")]
    [InlineData("[app]\nport = 80.5", "app.port is 80.5 but must be a whole number")]
    [InlineData("[app]\nstream = \"yes\"", "app.stream is \"yes\" but must be true or false")]
    [InlineData("[app]\nstream = 1", "app.stream is 1 but must be true or false")]
    [InlineData("[app]\nhost = \"example.org\"", "must be an IP address, localhost or *")]
    [InlineData("[app]\nhost = 5", "app.host is 5 but must be an IP address")]
    [InlineData("[app]\nhost = 2020-01-01", "app.host is 2020-01-01 but must be")]
    [InlineData("[app]\ndb_driver = \"mysql\"", "app.db_driver is \"mysql\" but must be one of sqlite, postgres")]
    [InlineData("[app]\nlog_level = \"loud\"", "must be one of debug, info, warn, error")]
    [InlineData("[app]\ncors_origins = \"*\"", "must be a list of * or origins")]
    [InlineData("[app]\ncors_origins = [\"https://a.example/path\"]", "must be a list of * or origins")]
    [InlineData("[app]\ncors_origins = [1]", "must be a list of * or origins")]
    [InlineData("[app]\ntrusted_proxies = [\"ingress\"]", "app.trusted_proxies is [ingress] but must be a list of IP addresses or networks")]
    [InlineData("[app]\ntrusted_proxies = [\"10.0.0.1\", \"10\"]", "app.trusted_proxies is")]
    [InlineData("[app]\ntrusted_proxies = [\"10.0.0.0/33\"]", "app.trusted_proxies is")]
    [InlineData("[app]\ntrusted_proxies = \"10.0.0.1\"", "app.trusted_proxies is")]
    [InlineData("[app]\ndrain_seconds = nan", "app.drain_seconds is NaN but must be a number")]
    [InlineData("[app]\ndrain_seconds = -1", "must be a number from 0 to 3600")]
    [InlineData("[app]\nmax_body_bytes_in_flight = 1", "must be a whole number from 1048576 to 68719476736")]
    [InlineData("[upstream]\nweb_base_url = \"grok.com\"", "must be an http:// or https:// address")]
    [InlineData("[upstream]\nweb_base_url = \"ftp://grok.com\"", "must be an http:// or https:// address")]
    [InlineData("[upstream]\nweb_base_url = \"https://me:pw@grok.com\"", "must be an http:// or https:// address without credentials")]
    [InlineData("[upstream.headers]\nCookie = \"a=b\"", "upstream.headers.Cookie is \"a=b\" but upstream.headers takes header names")]
    [InlineData("[upstream.headers]\n\"X Y\" = \"1\"", "upstream.headers takes header names")]
    [InlineData("[upstream.headers]\nX = \"a\\nb\"", "upstream.headers takes header names")]
    [InlineData("[upstream.headers]\nX = 1", "upstream.headers.X is 1 but")]
    [InlineData("[upstream]\nheaders = \"X\"", "upstream.headers must be a table of header names")]
    [InlineData("[proxy]\nbase_proxy_url = \"nonsense://x:1\"", "must be empty, or an http://")]
    [InlineData("[proxy]\nbrowser = \"lynx\"", "must be a browser and its major version")]
    [InlineData("[proxy]\ncf_cookies = \"a\\nb\"", "must be one line of printable ASCII")]
    [InlineData("[token]\noverflow_on = [\"quota\", \"quota\"]", "each at most once")]
    [InlineData("[retry]\nreset_session_status_codes = [99]", "[99] but must be a list of HTTP statuses from 100 to 599")]
    [InlineData("[retry]\nreset_session_status_codes = [503, 503]", "each at most once")]
    [InlineData("[retry]\nreset_session_status_codes = [\"503\"]", "must be a list of HTTP statuses")]
    [InlineData("[retry]\nreset_session_status_codes = 503", "must be a list of HTTP statuses")]
    [InlineData("[token]\noverflow_on = [\"luck\"]", "[luck] but must be a list of quota, slots, penalty")]
    [InlineData("[token]\nselection_algorithm = \"best\"", "must be one of high_quota_first, round_robin, random, least_inflight, weighted")]
    [InlineData("[retry]\nmax_tokens = 21", "config.toml(2,1): retry.max_tokens is 21 but must be a whole number from 1 to 20")]
    [InlineData("[retry]\nretry_backoff_base = 30", "retry.retry_backoff_base must not be above retry.retry_backoff_max")]
    [InlineData("[app]\nchat_body_limit = 5242880\nmax_body_bytes_in_flight = 1048576", "app.chat_body_limit must not be above app.max_body_bytes_in_flight")]
    [InlineData("[app]\nchat_body_limit = 15728641", "app.chat_body_limit is 15728641 but must be a whole number from 4096 to 15728640")]
    [InlineData("[app]\nbody_limit = 536870912", "app.body_limit must not be above app.max_body_bytes_in_flight")]
    [InlineData("[app]\nprot = 1", "config.toml(2,1): app.prot is not a setting; did you mean app.port?")]
    [InlineData("[app]\nPort = 1", "did you mean app.port?")]
    [InlineData("port = 1", "port is not a setting; did you mean app.port?")]
    [InlineData("[retry]\nmax_inflight = 1", "did you mean token.max_inflight?")]
    [InlineData("[weather]\nsunny = true", "weather.sunny is not a setting; remove it")]
    [InlineData("app = 1", "app is a table; write [app] and its settings below it")]
    [InlineData("[[app]]\nport = 1", "app is a table; write [app]")]
    [InlineData("[app.port]\nx = 1", "app.port.x is not a setting")]
    public void A_wrong_setting_is_refused_with_place_value_and_rule(string file, string message) =>
        Assert.Contains(message, SettingsUnderTest.Refusal(file), StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var lines = SettingsUnderTest.Refusal("[app]\nport = 0\nprot = 1\n[retry]\nmax_tokens = 0").Split(Environment.NewLine);
        Assert.Equal(3, lines.Length);
    }

    [Theory]
    [InlineData("[proxy]\nbase_proxy_url = \"socks9://user:hunter2@host:1\"")]
    [InlineData("[proxy]\ncf_clearance = \"hunter2\\n\"")]
    [InlineData("[app]\ndb_dsn = [\"hunter2\"]")]
    public void A_refused_secret_is_never_shown(string file)
    {
        var message = SettingsUnderTest.Refusal(file);
        Assert.Contains("********", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GROKFORGE_APP__PROT", "1", "GROKFORGE_APP__PROT: app.prot is not a setting; did you mean app.port?")]
    [InlineData("GROKFORGE_APP__PORT", "many", "GROKFORGE_APP__PORT: app.port is \"many\" but must be a whole number from 1 to 65535")]
    [InlineData("GROKFORGE_APP__STREAM", "maybe", "must be true or false")]
    public void A_wrong_variable_is_refused_by_its_name(string name, string value, string message) =>
        Assert.Contains(
            message, Assert.Throws<StartRefusedException>(() => SettingsUnderTest.Start("", new Hashtable { [name] = value })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_wrong_switch_value_is_refused_by_the_name_of_its_switch() =>
        Assert.Contains(
            "--app:port: app.port is \"x\"", Assert.Throws<StartRefusedException>(() => SettingsUnderTest.Start("", null, "--app:port=x")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("token.cool_duration_basic_sec = 5", "retired")]
    [InlineData("image.format = \"base64\"", "no effect in this version")]
    [InlineData("proxy.skip_proxy_ssl_verify = true", "no effect without proxy.base_proxy_url")]
    public void What_does_not_act_is_accepted_with_a_warning(string file, string warning) =>
        Assert.Contains(SettingsUnderTest.Start(file).Build.Warnings, w => w.Message.Contains(warning, StringComparison.Ordinal));

    [Fact]
    public void The_defaults_cause_no_warning() => Assert.Empty(SettingsUnderTest.Start().Build.Warnings);
}
