using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.Extensions.Configuration;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class DoorTests
{
    [Fact]
    public void Nothing_said_means_the_defaults_of_app() => Assert.Equal(["http://127.0.0.1:8080"], Addresses(new SettingsSnapshot()));

    [Fact]
    public void The_hosts_addresses_beat_the_defaults() =>
        Assert.Equal(["http://localhost:5001", "https://localhost:5002"], Addresses(new SettingsSnapshot(), ("urls", "http://localhost:5001;https://localhost:5002"), ("http_ports", "81")));

    [Fact]
    public void The_hosts_ports_listen_everywhere() => Assert.Equal(["http://*:8081", "http://*:8082"], Addresses(new SettingsSnapshot(), ("http_ports", "8081; 8082")));

    [Theory, InlineData("app.host"), InlineData("app.port")]
    public void An_address_given_in_the_settings_beats_the_host(string given)
    {
        var settings = new SettingsSnapshot { App = new AppOptions { Host = "0.0.0.0", Port = 9000 }, Given = new HashSet<string> { given } };

        Assert.Equal(["http://0.0.0.0:9000"], Addresses(settings, ("urls", "http://localhost:5001")));
    }

    [Fact]
    public void An_IPv6_host_is_bracketed() =>
        Assert.Equal(["http://[::1]:9000"], Addresses(new SettingsSnapshot { App = new AppOptions { Host = "::1", Port = 9000 }, Given = new HashSet<string> { "app.host" } }));

    [Fact]
    public void What_is_no_address_is_refused_by_name() =>
        Assert.Contains("localhost:5001", Assert.Throws<StartRefusedException>(() => Addresses(new SettingsSnapshot(), ("urls", "localhost:5001"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Replicas_are_read_in_their_order_and_bad_ones_left_out()
    {
        var configuration = Configuration(("services:tokenpool:grpc:0", "http://a:81"), ("services:tokenpool:grpc:1", "nonsense"), ("services:tokenpool:grpc:2", "http://[::1]:82"));

        Assert.Equal([("a", 81), ("::1", 82)], ServiceResolverFactory.Endpoints(configuration, "tokenpool"));
        Assert.Empty(ServiceResolverFactory.Endpoints(configuration, "gateway"));
    }

    private static IEnumerable<string> Addresses(SettingsSnapshot settings, params (string Key, string Value)[] configuration) =>
        GrpcDefaults.HttpAddresses(Configuration(configuration), settings).Select(a => $"{a.Scheme}://{a.Host}:{a.Port}");

    private static IConfiguration Configuration(params (string Key, string Value)[] pairs) =>
        new ConfigurationBuilder().AddInMemoryCollection(pairs.ToDictionary(c => c.Key, c => (string?)c.Value)).Build();
}
