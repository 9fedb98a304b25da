using System.Text.RegularExpressions;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Wiring;

/// <summary>The distributed home gives its services what the AppHost gives them, no more and no less: what its scenarios prove is what users run.</summary>
public sealed partial class AppHostWiringTests
{
    private static readonly string Source = File.ReadAllText(Repository.Path("GrokForge.AppHost", "AppHost.cs"));

    [Fact]
    public void The_home_has_the_services_of_the_AppHost() =>
        Assert.Equal(
            new AppHostWiring(Source).Services.OrderBy(s => s.Name),
            WiredProcess.All.Select(s => (s.Name, $"{s.Folder}/{s.Project}.csproj", s.Replicas, s.HasRpc)).OrderBy(s => s.Name));

    [Fact]
    public void Each_service_is_given_what_the_AppHost_gives_it()
    {
        var theirs = new AppHostWiring(Source).Variables;
        Assert.All(WiredProcess.All, service => Assert.Equal(theirs[service.Name].Order(), GivenTo(service).Order()));
    }

    [Theory]
    [InlineData("gateway.WithReference(upstream)", "gateway", "gateway", "services__upstream__grpc__*", false)]
    [InlineData("tokenpool.WithReference(upstream);", "tokenpool.WithReference(upstream).WithReference(admin);", "tokenpool", "services__admin__http__*", true)]
    [InlineData(".WithReference(redis)", "", "admin", "ConnectionStrings__redis", false)]
    [InlineData("upstream, tokenpool, cfrefresh, mediacache }", "upstream, tokenpool, cfrefresh }", "mediacache", "GROKFORGE_UPSTREAM__WEB_BASE_URL", false)]
    [InlineData("GROKFORGE_INTERNAL_KEY", "GROKFORGE_OTHER_KEY", "gateway", "GROKFORGE_INTERNAL_KEY", false)]
    public void A_change_of_the_AppHost_is_noticed(string text, string change, string service, string variable, bool isGiven)
    {
        Assert.Contains(text, Source, StringComparison.Ordinal);
        Assert.NotEqual(isGiven, new AppHostWiring(Source).Variables[service].Contains(variable));
        Assert.Equal(isGiven, new AppHostWiring(Source.Replace(text, change, StringComparison.Ordinal)).Variables[service].Contains(variable));
    }

    [GeneratedRegex("__\\d+$")]
    private static partial Regex Index();

    private static IEnumerable<string> GivenTo(WiredProcess service)
    {
        var doors = WiredProcess.All.ToDictionary(s => s.Name, s => Enumerable.Repeat(new ServicePorts(1, s.HasRpc ? 2 : 0), s.Replicas).ToArray());
        var values = WiredProcess.Equipment.ToDictionary(name => name, name => name);
        return service.Variables(values, "http://simulator", doors).Keys.Select(name => Index().Replace(name, "__*")).Distinct();
    }
}
