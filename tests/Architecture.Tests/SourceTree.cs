using Microsoft.CodeAnalysis.CSharp;

namespace GrokForge.Architecture.Tests;

/// <summary>The repository's own C# files, read once and parsed.</summary>
public sealed record SourceFile(string Path, string Text)
{
    private SyntaxTree? _tree;

    public SyntaxTree Tree => _tree ??= CSharpSyntaxTree.ParseText(Text, path: Path);

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal) || Path.StartsWith("bench/", StringComparison.Ordinal);

    public string Module => Path[..Path.LastIndexOf('/')];
}

/// <summary>Finds the repository and what is in it.</summary>
public static class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every hand-written file: no migrations, no generated code, no AppHost (it compiles only where Aspire's packages are).</summary>
    public static IReadOnlyList<SourceFile> Files { get; } = [.. Read("*.cs").Where(f => !f.Path.Contains("/Migrations/", StringComparison.Ordinal)
        && !f.Path.StartsWith("GrokForge.AppHost/", StringComparison.Ordinal))];

    public static IReadOnlyList<SourceFile> Projects { get; } = [.. Read("*.csproj")];

    private static IEnumerable<SourceFile> Read(string pattern) =>
        from path in Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, path).Replace('\\', '/')
        where !relative.Split('/').Any(part => part is "artifacts" or "node_modules" or "obj" or "bin" or "data" or ".git")
        orderby relative
        select new SourceFile(relative, File.ReadAllText(path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GrokForge.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("GrokForge.sln was not found above the tests.");
    }
}
