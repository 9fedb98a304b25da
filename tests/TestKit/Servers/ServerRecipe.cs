namespace GrokForge.TestKit.Servers;

/// <summary>How one kind of server is found and started.</summary>
/// <param name="Name">As a person calls it.</param>
/// <param name="Variable">Environment variable that may hold the connection string of a running server.</param>
/// <param name="MissingBinary">Null where the local program can be started; else what is missing.</param>
/// <param name="Script">Shell lines that start it in the background in folder $D on port $P and set pid.</param>
/// <param name="ConnectionString">By port.</param>
/// <param name="IsReadyAsync">Whether a server of that connection string answers.</param>
/// <param name="StartContainerAsync">Starts a container and answers its connection string.</param>
internal sealed record ServerRecipe(
    string Name, string Variable, Func<string?> MissingBinary, string Script, string StopScript, Func<int, string> ConnectionString,
    Func<string, CancellationToken, Task<bool>> IsReadyAsync, Func<CancellationToken, Task<string>> StartContainerAsync)
{
    /// <summary>The docker client alone proves nothing: an engine's socket must be there.</summary>
    public static bool HasContainerEngine =>
        File.Exists("/var/run/docker.sock") || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DOCKER_HOST"));

    public static string? FindProgram(params IEnumerable<string> candidates)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return candidates.SelectMany(c => Path.IsPathRooted(c) ? [c] : folders.Select(f => Path.Combine(f, c))).FirstOrDefault(File.Exists);
    }
}
