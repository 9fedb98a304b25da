namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>One process on SQLite with nothing beside it.</summary>
public sealed class AllInOneHome : Home
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-e2e-");
    private readonly ServicePorts _ports = ServicePorts.Take(grpc: false);
    private ServiceProcess? _process;

    public override IReadOnlyList<Uri> Gateways => [new($"http://127.0.0.1:{_ports.Http}/")];

    public override string Output => _process?.Output ?? "";

    /// <summary>The data folder, for what a test does to it.</summary>
    internal string DataFolder => _folder.FullName;

    internal ServiceProcess Process => _process!;

    internal async Task RestartAsync()
    {
        await StartAsync();
    }

    protected override async Task StartAsync()
    {
        _process = ServiceProcess.Start("allinone", Executable.Find("GrokForge.AllInOne", "grokforge"), _ports, new Dictionary<string, string>
        {
            ["GROKFORGE_APP__DATA_DIR"] = _folder.FullName,
            ["GROKFORGE_APP__APP_KEY"] = AppKey,
            ["GROKFORGE_UPSTREAM__WEB_BASE_URL"] = UpstreamAddress.ToString().TrimEnd('/'),
        });
        await _process.WaitUntilReadyAsync(CancellationToken.None);
    }

    protected override async Task StopAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
