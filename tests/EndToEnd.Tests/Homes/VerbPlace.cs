using System.Globalization;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;
using Microsoft.Data.Sqlite;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>A data folder and the configuration file that names it: all that a verb is told, and the server beside it, if any.</summary>
internal sealed class VerbPlace : IAsyncDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-verbs-");
    private readonly int _port = FreePort.Next();
    private ServiceProcess? _server;

    public VerbPlace()
    {
        ConfigFile = Path.Combine(_folder.FullName, "mine.toml");
        DataFolder = Path.Combine(_folder.FullName, "data");
        Directory.CreateDirectory(DataFolder);

        // Nothing here may ask the real upstream.
        File.WriteAllText(ConfigFile, string.Create(CultureInfo.InvariantCulture, $"""
            [app]
            port = {_port}
            data_dir = '{DataFolder}'
            log_level = "warn"
            [upstream]
            web_base_url = "http://127.0.0.1:9"
            """));
    }

    public string ConfigFile { get; }

    public string DataFolder { get; }

    public string Authority => $"127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}";

    public ServiceProcess Server => _server!;

    /// <summary>Starts a server with <c>-config</c> and nothing else.</summary>
    public async Task StartServerAsync()
    {
        _server = await ServiceProcess.StartAsync("allinone", await Executable.AllInOneAsync(), new ServicePorts(0, 0), NoVariables, "-config", ConfigFile);
        await Scenarios.Until.TrueAsync(
            () => Task.FromResult(_server.HasExited || _server.Output.Contains("serves on", StringComparison.Ordinal)), "the server serves");
        Assert.False(_server.HasExited, _server.Output);
    }

    /// <summary>Leaves the address of a server that is no more.</summary>
    public void LeaveStaleAddress() => File.WriteAllText(Path.Combine(DataFolder, "server.address"), $"http://{Authority}");

    /// <summary>Leaves the address of a server that is no more, and whose port another one has now.</summary>
    public void LeaveAddressOf(VerbPlace other) => File.WriteAllText(Path.Combine(DataFolder, "server.address"), $"http://{other.Authority}\n0123456789abcdef\n");

    public Task<VerbRun> RunAsync(string input, params string[] words) => VerbRun.OfAsync(NoVariables, input, [.. words, "-config", ConfigFile]);

    /// <summary>Whether an admin may come in with this password.</summary>
    public async Task<bool> AdmitsAsync(string password)
    {
        using var client = WatchedClient.Of(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{Authority}/admin/tokens");
        request.Headers.Authorization = new("Bearer", password);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>How many tokens a pool has in the database.</summary>
    public async Task<long> TokensAsync(string pool)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(DataFolder, "grokforge.db")};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from tokenpool_tokens where pool = $pool";
        command.Parameters.AddWithValue("$pool", pool);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
