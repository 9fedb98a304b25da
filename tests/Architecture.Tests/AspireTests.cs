using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GrokForge.Architecture.Tests;

/// <summary>The AppHost is a true Aspire AppHost that only the solution's configuration Aspire builds, so that everything else builds where Aspire's packages do not exist.</summary>
public sealed partial class AspireTests
{
    private const string AppHost = "GrokForge.AppHost/GrokForge.AppHost.csproj";
    private static readonly string Solution = File.ReadAllText(Path.Combine(SourceTree.Root, "GrokForge.sln"));
    private static readonly XDocument Packages = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props"));

    // What is known to compile against Aspire's libraries.
    private static readonly HashSet<string> KnownMembers =
    [
        "CreateBuilder", "AddParameter", "AddPostgres", "WithDataVolume", "AddDatabase", "AddRedis", "WithPersistence", "AddRabbitMQ", "WithManagementPlugin",
        "AddDotnetProject", "WithReference", "WaitFor", "WithEnvironment", "WithHttpEndpoint", "WithHttpHealthCheck", "WithReplicas", "WithExternalHttpEndpoints",
        "GetEndpoint", "Build", "Run", "AddDockerComposeEnvironment", "WithDashboard", "ConfigureComposeFile", "PublishAsDockerComposeService",
        "AddKubernetesEnvironment", "WithHelm", "WithChartName", "WithHttpProbe", "FromSeconds",
    ];

    [Fact]
    public void Only_the_configuration_Aspire_builds_the_AppHost() => Assert.Empty(Faults(Solution));

    [Fact]
    public void A_solution_that_builds_the_AppHost_elsewhere_or_nothing_there_is_noticed()
    {
        var appHost = ProjectId(Solution, AppHost);
        Assert.NotEmpty(Faults(Solution.Replace($"{appHost}.Release|Any CPU.ActiveCfg", $"{appHost}.Release|Any CPU.Build.0", StringComparison.Ordinal)));
        Assert.NotEmpty(Faults(Solution.Replace($"{appHost}.Aspire|Any CPU.Build.0", $"{appHost}.Aspire|Any CPU.Gone.0", StringComparison.Ordinal)));
        var gateway = ProjectId(Solution, "services/Gateway/GrokForge.Gateway.csproj");
        Assert.NotEmpty(Faults(Solution.Replace($"{gateway}.Release|Any CPU.Build.0", $"{gateway}.Release|Any CPU.Gone.0", StringComparison.Ordinal)));
        Assert.NotEmpty(Faults(Solution.Replace("\t\tAspire|Any CPU = Aspire|Any CPU", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_project_is_in_the_solution() =>
        Assert.Equal(SourceTree.Projects.Select(p => p.Path).Order(StringComparer.Ordinal), ProjectPaths(Solution).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_Aspire_package_has_the_one_version()
    {
        var used = XDocument.Parse(SourceTree.Projects.Single(p => p.Path == AppHost).Text).Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value).ToList();
        var central = Packages.Descendants("PackageVersion").Where(p => p.Attribute("Include")!.Value.StartsWith("Aspire.", StringComparison.Ordinal)).ToList();
        Assert.Contains("Aspire.Hosting.AppHost", used);
        Assert.Equal(used.Order(StringComparer.Ordinal), central.Select(p => p.Attribute("Include")!.Value).Order(StringComparer.Ordinal));
        Assert.All(central, p => Assert.Equal("$(AspireVersion)", p.Attribute("Version")!.Value));
        Assert.Matches(@"^\d+\.\d+\.\d+$", Packages.Descendants("AspireVersion").Single().Value);
    }

    [Fact]
    public void The_AppHost_has_the_shape_of_todays_Aspire()
    {
        var project = XDocument.Parse(SourceTree.Projects.Single(p => p.Path == AppHost).Text).Root!;
        Assert.Equal("Microsoft.NET.Sdk", project.Attribute("Sdk")!.Value);
        Assert.Equal(("Exe", "true"), (project.Descendants("OutputType").Single().Value, project.Descendants("AspireUseCliBundle").Single().Value));
        Assert.NotEmpty(project.Descendants("UserSecretsId").Single().Value);
        Assert.DoesNotContain(SourceTree.Projects, p => p.Path != AppHost && p.Text.Contains("\"Aspire.", StringComparison.Ordinal));

        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(SourceTree.Root, "aspire.config.json")));
        Assert.Equal(AppHost, settings.RootElement.GetProperty("appHost").GetProperty("path").GetString());
    }

    [Fact]
    public void The_AppHost_keeps_to_members_that_are_known_and_names_projects_that_exist()
    {
        var code = File.ReadAllText(Path.Combine(SourceTree.Root, "GrokForge.AppHost", "AppHost.cs"));
        Assert.DoesNotContain(Member().Matches(code).Select(m => m.Groups[1].Value), m => !KnownMembers.Contains(m));
        var projects = ProjectPath().Matches(code).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(projects);
        Assert.All(projects, path => Assert.True(File.Exists(Path.Combine(SourceTree.Root, "GrokForge.AppHost", path)), path));
        // What waits for a service would start late, or never, for another one's sake.
        Assert.Equal(["database", "rabbitmq", "redis"], WaitedFor().Matches(code).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_service_and_the_AppHost_can_be_launched()
    {
        var executables = SourceTree.Projects.Where(p => p.Path == AppHost || File.Exists(Path.Combine(SourceTree.Root, Path.GetDirectoryName(p.Path)!, "Program.cs")))
            .Where(p => !p.Path.StartsWith("bench/", StringComparison.Ordinal)).Select(p => Path.GetDirectoryName(p.Path)!).ToList();
        Assert.Contains("services/AllInOne", executables.Select(e => e.Replace('\\', '/')));
        foreach (var folder in executables)
        {
            using var launch = JsonDocument.Parse(File.ReadAllText(Path.Combine(SourceTree.Root, folder, "Properties", "launchSettings.json")));
            foreach (var profile in launch.RootElement.GetProperty("profiles").EnumerateObject())
            {
                Assert.False(profile.Value.GetProperty("launchBrowser").GetBoolean(), folder);
                // `dotnet run` would obey it above the product's own settings.
                Assert.Equal(!folder.EndsWith("AllInOne", StringComparison.Ordinal), profile.Value.TryGetProperty("applicationUrl", out _));
            }
        }
    }

    [GeneratedRegex("^Project\\(\"[^\"]+\"\\) = \"[^\"]+\", \"(?<path>[^\"]+\\.csproj)\", \"(?<id>\\{[^}]+\\})\"", RegexOptions.Multiline)]
    private static partial Regex Project();

    [GeneratedRegex("\\.(\\w+)(?:<[\\w.]+>)?\\(")]
    private static partial Regex Member();

    [GeneratedRegex("\"(\\.\\./[^\"]+\\.csproj)\"")]
    private static partial Regex ProjectPath();

    [GeneratedRegex("\\.WaitFor\\((\\w+)\\)")]
    private static partial Regex WaitedFor();

    private static IEnumerable<string> ProjectPaths(string solution) => Project().Matches(solution).Select(m => m.Groups["path"].Value.Replace('\\', '/'));

    private static string ProjectId(string solution, string path) =>
        Project().Matches(solution).Single(m => m.Groups["path"].Value.Replace('\\', '/') == path).Groups["id"].Value;

    private static IEnumerable<string> Faults(string solution)
    {
        var lines = solution.Split('\n').Select(l => l.Trim()).ToHashSet();
        foreach (var configuration in (string[])["Debug", "Release", "Aspire"])
        {
            if (!lines.Contains($"{configuration}|Any CPU = {configuration}|Any CPU"))
                yield return $"{configuration} is missing";
            foreach (var path in ProjectPaths(solution))
            {
                var project = $"{ProjectId(solution, path)}.{configuration}|Any CPU";
                var isBuilt = lines.Any(l => l.StartsWith($"{project}.Build.0 = ", StringComparison.Ordinal));
                if (isBuilt != (path != AppHost || configuration == "Aspire"))
                    yield return $"{path} in {configuration}: built {isBuilt}";
            }
        }
    }
}
