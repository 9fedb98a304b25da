using System.Net;
using System.Net.Sockets;
using System.Reflection;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What the one process owes its owner: nothing lost at an end, verbs that work beside it, one sentence where it cannot start.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class AllInOneScenarios(AllInOneHome home) : HomeScenarios(home)
{
    private readonly AllInOneHome home = home;

    [Fact]
    public async Task Tokens_keys_and_spent_units_survive_a_kill()
    {
        await home.ImportTokensAsync(1);
        var (_, key) = await home.CreateKeyAsync();
        using var client = home.Client(key);
        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.ChatAsync("Spend one");
            await answer.ContentAsync();
        }

        await Until.PromisedAsync(TimeSpan.FromSeconds(1), async () => await WrittenAsync(), "the write-behind has written");
        await home.Process.KillAsync();
        await home.RestartAsync();

        Assert.Equal(27, await RemainingAsync());
        using var again = await home.Client(key).ChatAsync("Hello again");
        await again.ContentAsync();
    }

    [Fact]
    public async Task Terminated_during_streams_it_cuts_none_and_loses_no_usage()
    {
        ServiceProcess.SkipUnlessTerminable();
        await home.ImportTokensAsync(7);
        home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        var (_, key) = await home.CreateKeyAsync();
        using var client = home.Client(key);
        var streams = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.StreamAsync("Tell me", Cancelled)));

        home.Process.Terminate();
        home.Grok.Gate("end").Open();
        foreach (var stream in streams)
        {
            Assert.Equal("Once upon a time", Chats.Joined(await stream.Content.ReadAsStringAsync(Cancelled)));
        }

        await home.Process.WaitForExitAsync(TimeSpan.FromSeconds(45));
        Assert.Equal(0, home.Process.ExitCode);
        await home.RestartAsync();
        var rows = await UsageRowsAsync(streams.Select(IdOf));
        Assert.Equal(50, rows.Count);
        Assert.Equal(50, rows.DistinctBy(row => row.GetProperty("request_id").GetString()).Count());
        Assert.All(rows, row => Assert.Equal("completed", row.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task A_token_and_a_key_added_beside_the_server_serve_at_once()
    {
        var token = await home.RunVerbAsync("a-token-from-the-shell-0001\n", "token", "add");
        Assert.Equal((0, "1 added to pool basic, 0 not."), (token.Code, token.LastLine));
        var key = await home.RunVerbAsync("", "key", "create", "--name", "from the shell");
        Assert.Equal(0, key.Code);
        using var answer = await home.Client(key.LastLine).ChatAsync("Hello");
        await answer.ContentAsync();
        Assert.Equal("a-token-from-the-shell-0001", home.Grok.Chats.Single().Token);
        Assert.DoesNotContain(Directory.GetFiles(home.DataFolder), f => f.EndsWith(".secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_password_is_a_setting_it_is_not_reset()
    {
        (await home.RunVerbAsync("", "reset-admin")).AssertRefusedWith("app.app_key is set");
        await home.AdminAsync(HttpMethod.Get, "admin/tokens");
    }

    [Fact]
    public async Task After_a_kill_the_verbs_open_the_stores_themselves()
    {
        await home.Process.KillAsync();
        Assert.True(File.Exists(Path.Combine(home.DataFolder, "server.address")), "A killed server leaves its address behind.");
        Assert.Equal(1, (await home.RunVerbAsync("", "healthcheck")).Code);
        var key = await home.RunVerbAsync("", "key", "create", "--name", "while it is down");
        Assert.True(key.Code == 0, key.Output);
        await home.RestartAsync();
        using var answer = await home.Client(key.LastLine).GetAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (await StandaloneAsync($"--app:port={port}")).AssertRefusedWith("--app:port");
    }

    [Theory]
    [InlineData("--app:prot=8080", "app.port")]
    [InlineData("--frobnicate", "--frobnicate")]
    [InlineData("--app:port=99999", "65535")]
    public async Task A_wrong_switch_is_one_sentence(string argument, string expected)
    {
        (await StandaloneAsync(argument)).AssertRefusedWith(expected);
    }

    [Fact]
    public async Task A_bad_configuration_file_is_named_with_line_and_column()
    {
        var file = Path.Combine(home.DataFolder, "bad.toml");
        await File.WriteAllTextAsync(file, "[app]\nport = \"many\n", Cancelled);
        (await StandaloneAsync("--config", file)).AssertRefusedWith("bad.toml(2,");
    }

    [Fact]
    public async Task A_named_configuration_file_that_is_missing_is_one_sentence() =>
        (await StandaloneAsync("-config", Path.Combine(home.DataFolder, "missing.toml"))).AssertRefusedWith("missing.toml");

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_is_one_sentence()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no folders that their owner cannot write into by their mode.");
        Assert.SkipUnless(OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess, "Root may write everywhere here.");
        using var folder = new ReadOnlyFolder();
        var run = await VerbRun.OfAsync(new Dictionary<string, string> { ["GROKFORGE_APP__DATA_DIR"] = folder.Path }, "");
        run.AssertRefusedWith($"The data folder {folder.Path} cannot be written. Make it writable, or name another one with --app:data_dir or GROKFORGE_APP__DATA_DIR.");
    }

    [Fact]
    public async Task It_says_its_version_and_help()
    {
        var version = await StandaloneAsync("--version");
        Assert.Equal(0, version.Code);
        // All of the repository has one version.
        var own = typeof(VerbRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        Assert.Matches(@"^\d+\.\d+\.\d+", own);
        Assert.Equal(own, version.LastLine.Split('+')[0]);
        Assert.Equal(version.LastLine, version.Output.Trim());
        var help = await StandaloneAsync("--help");
        Assert.Equal(0, help.Code);
        Assert.Contains("demo", help.Result, StringComparison.Ordinal);
    }

    private static async Task<VerbRun> StandaloneAsync(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("grokforge-verb-");
        try
        {
            return await VerbRun.OfAsync(new Dictionary<string, string> { ["GROKFORGE_APP__DATA_DIR"] = folder.FullName }, "", arguments);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<int> RemainingAsync() =>
        (await home.AdminAsync(HttpMethod.Get, "admin/tokens")).GetProperty("data")[0].GetProperty("quotas").GetProperty("fast").GetInt32();

    // The token list shows the live figure; the database's own is what a kill leaves.
    private async Task<bool> WrittenAsync()
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(home.DataFolder, "grokforge.db")};Mode=ReadOnly");
        await connection.OpenAsync(Cancelled);
        await using var command = connection.CreateCommand();
        command.CommandText = "select quotas from tokenpool_tokens";
        return (await command.ExecuteScalarAsync(Cancelled))?.ToString()?.Contains("27", StringComparison.Ordinal) == true;
    }

    /// <summary>A folder that this user cannot write into; root is kept out only by a file system that cannot be written.</summary>
    private sealed class ReadOnlyFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-readonly-");

        public ReadOnlyFolder()
        {
            if (!OperatingSystem.IsWindows())
                _folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        }

        public string Path => Environment.IsPrivilegedProcess ? "/proc/grokforge" : _folder.FullName;

        public void Dispose() => _folder.Delete();
    }
}
