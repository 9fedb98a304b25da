namespace GrokForge.TestKit.Servers;

/// <summary>One server for all tests of a process, started when the first test asks: one that the environment names, a container, or the local program.</summary>
internal sealed class SharedServer(ServerRecipe recipe)
{
    private readonly Lock _gate = new();
    private Task<(string ConnectionString, string? SkipReason)>? _started;

    // Held for as long as the process lives: a collected handle would close the watching shell's input, and with it the server.
    private LocalServer? _local;

    /// <summary>The connection string; skips the test where no server is to be had.</summary>
    public async Task<string> ConnectionStringAsync()
    {
        Task<(string, string?)> started;
        lock (_gate)
            started = _started ??= Task.Run(StartAsync);
        var (connectionString, skipReason) = await started;
        return skipReason is null ? connectionString : throw new SkippedTestException(skipReason);
    }

    private async Task<(string, string?)> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(recipe.Variable) is { Length: > 0 } given)
            return (given, null);
        if (ServerRecipe.HasContainerEngine)
            return (await recipe.StartContainerAsync(CancellationToken.None), null);
        if (OperatingSystem.IsWindows() || recipe.MissingBinary() is not null)
        {
            var missing = OperatingSystem.IsWindows() ? "no local server is started on Windows" : $"{recipe.MissingBinary()} is not installed";
            return ("", $"{recipe.Name} is not to be had: {recipe.Variable} is not set, no container engine answers, and {missing}.");
        }
        _local = await LocalServer.StartAsync(recipe, CancellationToken.None);
        return (_local.ConnectionString, null);
    }
}
