using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>Finds the executables under test: the published all-in-one, and of the separate services what the last build made.</summary>
internal static class Executable
{
#if DEBUG
    private const string Configuration = "debug";
#else
    private const string Configuration = "release";
#endif

    /// <summary>The folder of everything that is built or installed.</summary>
    public static readonly string Artifacts = FindArtifacts();

    private static readonly Lazy<Task<string>> Published = new(PublishAllInOneAsync);

    /// <summary>The <c>dotnet</c> that runs this process: the one on the PATH may be another, or none.</summary>
    public static string Dotnet { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <summary>Path of a service's assembly, to be run by <c>dotnet</c>.</summary>
    /// <param name="project">The project's name, such as GrokForge.Gateway.</param>
    public static string Find(string project)
    {
        var built = Path.Combine(Artifacts, "bin", project, Configuration, $"{project}.dll");
        return File.Exists(built) ? built : throw new FileNotFoundException($"Build the solution first: {built} does not exist.");
    }

    /// <summary>Path of the all-in-one's launcher, published anew where a build is newer.</summary>
    public static Task<string> AllInOneAsync() => Published.Value;

    private static async Task<string> PublishAllInOneAsync()
    {
        var built = Path.Combine(Artifacts, "bin", "GrokForge.AllInOne", Configuration);
        var published = Path.Combine(Artifacts, "publish", "GrokForge.AllInOne", Configuration);
        if (!IsCurrent(built, published))
        {
            var project = Path.Combine(Path.GetDirectoryName(Artifacts)!, "services", "AllInOne", "GrokForge.AllInOne.csproj");
            var start = new ProcessStartInfo(Dotnet, ["publish", project, "-c", Configuration, "-o", published, "--no-build", "-v", "quiet", "-nodeReuse:false"])
            {
                RedirectStandardOutput = true,
            };
            using var publish = await Starter.StartAsync(start);
            var words = await publish.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await publish.WaitForExitAsync(CancellationToken.None);
            if (publish.ExitCode != 0)
                throw new InvalidOperationException($"Publishing failed:\n{words}");
        }

        return Path.Combine(published, OperatingSystem.IsWindows() ? "grokforge.exe" : "grokforge");
    }

    // Publishing keeps each file's time of change.
    private static bool IsCurrent(string built, string published) =>
        Directory.EnumerateFiles(built, "*rok*orge*.dll").All(file => File.GetLastWriteTimeUtc(Path.Combine(published, Path.GetFileName(file))) >= File.GetLastWriteTimeUtc(file));

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
