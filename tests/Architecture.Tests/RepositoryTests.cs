using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GrokForge.Architecture.Tests;

/// <summary>The shape of the repository and how everything in it is built.</summary>
public sealed partial class RepositoryTests
{
    private static readonly XDocument Build = Load("Directory.Build.props");
    private static readonly XDocument Packages = Load("Directory.Packages.props");

    [Theory]
    [InlineData("TargetFramework", "net10.0")]
    [InlineData("Nullable", "enable")]
    [InlineData("TreatWarningsAsErrors", "true")]
    [InlineData("UseArtifactsOutput", "true")]
    public void Everything_is_built_alike(string property, string value) => Assert.Equal(value, Build.Descendants(property).Single().Value);

    [Fact]
    public void The_rules_of_the_analyzers_are_pinned_and_advisories_are_never_errors()
    {
        Assert.StartsWith("10.0", Build.Descendants("AnalysisLevel").Single().Value, StringComparison.Ordinal);
        var spared = Build.Descendants("WarningsNotAsErrors").Single().Value.Split(';');
        Assert.Superset(new HashSet<string> { "NU1901", "NU1902", "NU1903", "NU1904" }, spared.ToHashSet());
        // A project that sets these itself is no longer built alike.
        string[] common = ["TargetFramework", "Nullable", "TreatWarningsAsErrors", "AnalysisLevel", "WarningsNotAsErrors"];
        Assert.Empty(SourceTree.Projects.SelectMany(p => XDocument.Parse(p.Text).Descendants().Where(e => common.Contains(e.Name.LocalName)).Select(e => $"{p.Path}: {e.Name}")));
    }

    [Fact]
    public void Versions_of_packages_are_central_down_to_what_packages_bring()
    {
        Assert.Equal(("true", "true"), (
            Packages.Descendants("ManagePackageVersionsCentrally").Single().Value, Packages.Descendants("CentralPackageTransitivePinningEnabled").Single().Value));
        Assert.All(Packages.Descendants("PackageVersion"), p => Assert.DoesNotContain('*', p.Attribute("Version")!.Value));
    }

    [Fact]
    public void The_SDK_is_the_tenth_and_tests_run_on_its_platform()
    {
        using var global = JsonDocument.Parse(File.ReadAllText(PathOf("global.json")));
        Assert.StartsWith("10.0.", global.RootElement.GetProperty("sdk").GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.Equal("Microsoft.Testing.Platform", global.RootElement.GetProperty("test").GetProperty("runner").GetString());
    }

    [Fact]
    public void The_folders_and_files_that_are_looked_for_are_there()
    {
        string[] expected =
        [
            "GrokForge.sln", "README.md", "CHANGELOG.md", "LICENSE", "config.defaults.toml", "test.sh", ".ci/run", "Directory.Build.props", "Directory.Packages.props", "global.json",
            ".editorconfig", "aspire.config.json", "GrokForge.AppHost/AppHost.cs", "GrokForge.ServiceDefaults", "protos", "services/Gateway", "services/TokenPool", "services/Upstream",
            "services/MediaCache", "services/CfRefresh", "services/AllInOne", "services/Simulator", "admin", "tests/TestKit", "tests/Unit.Tests", "tests/Contracts.Tests",
            "tests/EndToEnd.Tests", "tests/Architecture.Tests", "bench", "docs/decisions.md", "docs/operations.md", "docs/clients.md", "docs/api.md",
        ];
        Assert.DoesNotContain(expected, path => !Path.Exists(PathOf(path)));
    }

    [Fact]
    public void The_readme_tells_what_a_real_upstream_needs_before_it_has_a_token_added()
    {
        var readme = File.ReadAllText(PathOf("README.md"));
        string[] order =
        [
            "dotnet run --project services/AllInOne -c Release -- demo", "dotnet run --project services/AllInOne -c Release\n", "./test.sh\n",
            "## Before you add a real token", "Clearance", "**Headers**", "official xAI API key", "Use accounts of your own", "-- token add", "-- key create", "Point a client at it",
            "## How a request runs", "## Run it distributed", "Aspire CLI and a container engine", "the variables of [docs/operations.md]",
        ];
        var places = order.Select(words => readme.IndexOf(words, StringComparison.Ordinal)).ToList();
        Assert.All(order.Zip(places), o => Assert.True(o.Second >= 0, o.First));
        Assert.Equal(places.Order(), places);
        // The two commands stand on the first screen.
        Assert.InRange(readme[..places[2]].Count(c => c == '\n'), 1, 40);
    }

    [Fact]
    public void The_one_process_maps_no_RPC_and_each_module_maps_its_own()
    {
        var mapping = SourceTree.Files.Where(f => f.Path.StartsWith("services/", StringComparison.Ordinal) && MapsRpc().IsMatch(f.Text)).Select(f => f.Module.Split('/')[1]).Distinct();
        Assert.Equal(["CfRefresh", "Gateway", "MediaCache", "TokenPool", "Upstream"], mapping.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\.Map\w*Rpc\b")]
    private static partial Regex MapsRpc();

    private static string PathOf(string path) => Path.Combine(SourceTree.Root, path);

    private static XDocument Load(string path) => XDocument.Load(PathOf(path));
}
