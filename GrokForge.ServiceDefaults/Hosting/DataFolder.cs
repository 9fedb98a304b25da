namespace GrokForge.ServiceDefaults.Hosting;

/// <summary>Where a process keeps its files. Never the current directory: a process finds its data wherever it is started from.</summary>
public sealed class DataFolder(string path)
{
    /// <summary>The folder of GrokForge.sln when run from a checkout, else the folder of the executable.</summary>
    public static string Home { get; } = FindHome(AppContext.BaseDirectory);

    /// <summary>The absolute path. The folder may not exist before <see cref="EnsureWritable"/>.</summary>
    public string Path { get; } = path;

    /// <summary>The folder that <c>app.data_dir</c> names; a relative path starts at <see cref="Home"/>.</summary>
    public static DataFolder Resolve(string dataDir) => new(System.IO.Path.GetFullPath(dataDir, Home));

    /// <summary>The absolute path of something in the folder; an absolute path stays as it is.</summary>
    public string In(string relative) => System.IO.Path.GetFullPath(relative, Path);

    /// <summary>Creates the folder and tries to write into it. Throws <see cref="StartRefusedException"/> where that is impossible.</summary>
    public void EnsureWritable()
    {
        var probe = System.IO.Path.Combine(Path, $".write-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(Path);
            using var _ = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The data folder {Path} cannot be written. Make it writable, or name another one with --app:data_dir or GROKFORGE_APP__DATA_DIR.", e);
        }
    }

    internal static string FindHome(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "GrokForge.sln")))
                return folder.FullName;
        }
        return System.IO.Path.TrimEndingDirectorySeparator(start);
    }
}
