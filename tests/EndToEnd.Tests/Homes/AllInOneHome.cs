namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>One process on SQLite with nothing beside it: the published executable.</summary>
public sealed class AllInOneHome : Home
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-e2e-");
    private readonly ServicePorts _ports = ServicePorts.Take(grpc: false);
    private ServiceProcess? _process;

    public override IReadOnlyList<Uri> Gateways => [new($"http://127.0.0.1:{_ports.Http}/")];

    private Dictionary<string, string> Environment => new()
    {
        ["GROKFORGE_APP__DATA_DIR"] = _folder.FullName,
        ["GROKFORGE_APP__APP_KEY"] = AppKey,
        ["GROKFORGE_APP__MODELS_FILE"] = ModelsFile,
        // Scenarios let the upstream fail at will; the one about the breaker turns it on.
        ["GROKFORGE_RETRY__BREAKER_FAILURE_RATIO"] = "0",
        // The scenarios about quotas have imported tokens read; for the others the simulator's log holds what they sent.
        ["GROKFORGE_TOKEN__REFRESH_AFTER_IMPORT"] = "0",
        ["GROKFORGE_UPSTREAM__WEB_BASE_URL"] = UpstreamAddress.ToString().TrimEnd('/'),
        ["GROKFORGE_UPSTREAM__ASSETS_BASE_URL"] = UpstreamAddress.ToString().TrimEnd('/'),
        ["GROKFORGE_UPSTREAM__XAI_BASE_URL"] = UpstreamAddress.ToString().TrimEnd('/'),
    };

    public override string Output => _process?.Output ?? "";

    internal override IReadOnlyList<ServiceProcess> Processes => [Process];

    /// <summary>The data folder, for what a test does to it.</summary>
    internal string DataFolder => _folder.FullName;

    internal ServiceProcess Process => _process!;

    public override Task EnsureRunningAsync() => Process.HasExited ? RestartAsync() : Task.CompletedTask;

    internal Task RestartAsync() => StartAsync();

    /// <summary>Runs a verb of the same executable on the same data folder.</summary>
    internal Task<VerbRun> RunVerbAsync(string input, params string[] words) => VerbRun.OfAsync(Environment, input, words);

    protected override async Task StartAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = await ServiceProcess.StartAsync("allinone", await Executable.AllInOneAsync(), _ports, Environment);
        await _process.WaitUntilReadyAsync(CancellationToken.None);
    }

    protected override async Task StopAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
