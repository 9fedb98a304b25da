using System.Reflection;
using System.Xml.Linq;

namespace GrokForge.Architecture.Tests;

/// <summary>Who may know whom: modules know Contracts and ServiceDefaults, and only AllInOne knows the modules.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] Shared = ["GrokForge.Contracts", "GrokForge.ServiceDefaults"];

    // Every service, and the panel; only AllInOne may know them all.
    private static readonly string[] Modules =
    [
        .. SourceTree.Projects
            .Where(p => p.Path.StartsWith("services/", StringComparison.Ordinal) || p.Path.StartsWith("admin/", StringComparison.Ordinal))
            .Select(p => Path.GetFileNameWithoutExtension(p.Path))
            .Where(name => name != "GrokForge.AllInOne"),
    ];

    [Fact]
    public void Every_folder_of_a_service_is_a_module_or_the_one_process()
    {
        var folders = Directory.EnumerateDirectories(Path.Combine(SourceTree.Root, "services")).Select(f => "GrokForge." + Path.GetFileName(f)).Append("GrokForge.Admin");
        Assert.Equal(folders.Order(StringComparer.Ordinal), Modules.Append("GrokForge.AllInOne").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Projects_of_modules_reference_only_what_is_shared()
    {
        var found = SourceTree.Projects
            .Where(p => Modules.Contains(Path.GetFileNameWithoutExtension(p.Path)))
            .SelectMany(ForbiddenReferences);
        Assert.Empty(found);
    }

    [Fact]
    public void Contracts_reference_no_project_and_service_defaults_only_contracts()
    {
        var contracts = SourceTree.Projects.Single(p => p.Path.EndsWith("GrokForge.Contracts.csproj", StringComparison.Ordinal));
        var defaults = SourceTree.Projects.Single(p => p.Path.EndsWith("GrokForge.ServiceDefaults.csproj", StringComparison.Ordinal));
        Assert.Empty(References(contracts));
        Assert.Equal(["GrokForge.Contracts"], References(defaults));
    }

    [Fact]
    public void Compiled_modules_use_only_what_is_shared()
    {
        var found = from module in Modules
                    from used in Assembly.Load(module).GetReferencedAssemblies()
                    where used.Name!.StartsWith("GrokForge.", StringComparison.Ordinal) && !Shared.Contains(used.Name)
                    select $"{module} uses {used.Name}";
        Assert.Empty(found);
    }

    [Fact]
    public void Nothing_references_the_AppHost()
    {
        Assert.DoesNotContain(SourceTree.Projects, p => References(p).Contains("GrokForge.AppHost"));
        var appHost = SourceTree.Projects.Single(p => p.Path.EndsWith("GrokForge.AppHost.csproj", StringComparison.Ordinal));
        Assert.Empty(References(appHost));
    }

    [Fact]
    public void A_module_that_references_a_module_is_noticed()
    {
        var broken = new SourceFile("services/Gateway/GrokForge.Gateway.csproj",
            """<Project><ItemGroup><ProjectReference Include="../TokenPool/GrokForge.TokenPool.csproj" /></ItemGroup></Project>""");
        Assert.NotEmpty(ForbiddenReferences(broken));
    }

    [Fact]
    public void Programs_are_at_most_15_lines()
    {
        var programs = SourceTree.Files
            .Where(f => f.Path.StartsWith("services/", StringComparison.Ordinal) || f.Path.StartsWith("admin/", StringComparison.Ordinal))
            .Where(f => f.Path.EndsWith("/Program.cs", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(programs);
        Assert.Empty(programs.SelectMany(LongPrograms));
        Assert.NotEmpty(LongPrograms(new("services/Gateway/Program.cs", string.Concat(Enumerable.Repeat("app.Map();\n", 16)))));
        Assert.Empty(LongPrograms(new("services/Gateway/Program.cs", string.Concat(Enumerable.Repeat("using X;\n\napp.Map();\n", 15)))));
    }

    [Fact]
    public void Package_versions_stand_in_one_place()
    {
        Assert.Empty(SourceTree.Projects.SelectMany(OwnVersions));
        Assert.NotEmpty(OwnVersions(new("a.csproj", """<Project><ItemGroup><PackageReference Include="A" Version="1.0" /></ItemGroup></Project>""")));
        Assert.NotEmpty(OwnVersions(new("a.csproj", """<Project><ItemGroup><PackageReference Include="A" VersionOverride="1.0" /></ItemGroup></Project>""")));
        Assert.NotEmpty(OwnVersions(new("a.csproj", """<Project><ItemGroup><PackageReference Include="A"><Version>1.0</Version></PackageReference></ItemGroup></Project>""")));
    }

    private static IEnumerable<string> LongPrograms(SourceFile file) =>
        file.Text.Split('\n').Count(line => line.Trim().Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)) > 15 ? [file.Path] : [];

    private static IEnumerable<string> OwnVersions(SourceFile project) =>
        from package in XDocument.Parse(project.Text).Descendants("PackageReference")
        where package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null || package.Element("Version") is not null
        select $"{project.Path}: {package.Attribute("Include")?.Value}";

    private static IEnumerable<string> ForbiddenReferences(SourceFile project) =>
        References(project).Except(Shared).Select(reference => $"{project.Path} references {reference}");

    private static IEnumerable<string> References(SourceFile project) =>
        XDocument.Parse(project.Text).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
}
