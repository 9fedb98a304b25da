namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>Finds the executables under test: the published ones, or what the last build made where nothing newer was published.</summary>
internal static class Executable
{
#if DEBUG
    private const string Configuration = "debug";
#else
    private const string Configuration = "release";
#endif

    /// <summary>The folder of everything that is built or installed.</summary>
    public static readonly string Artifacts = FindArtifacts();

    /// <summary>Path of an assembly such as GrokForge.Gateway or grokforge, to be run by <c>dotnet</c>.</summary>
    /// <param name="project">The project's name, such as GrokForge.AllInOne.</param>
    /// <param name="assembly">The assembly's name where it differs from the project's.</param>
    public static string Find(string project, string? assembly = null)
    {
        var file = $"{assembly ?? project}.dll";
        var built = Path.Combine(Artifacts, "bin", project, Configuration, file);
        var published = Path.Combine(Artifacts, "publish", project, Configuration, file);
        if (File.Exists(published) && (!File.Exists(built) || File.GetLastWriteTimeUtc(published) >= File.GetLastWriteTimeUtc(built)))
            return published;
        return File.Exists(built) ? built : throw new FileNotFoundException($"Build the solution first: {built} does not exist.");
    }

    private static string FindArtifacts()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.Name == "artifacts")
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run from the artifacts folder.");
    }
}
