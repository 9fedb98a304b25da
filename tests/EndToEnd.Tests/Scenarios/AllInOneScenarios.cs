using System.Net;
using System.Net.Sockets;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What the one process owes its owner: nothing lost at an end, verbs that work beside it, one sentence where it cannot start.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class AllInOneScenarios(AllInOneHome home)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tokens_keys_and_spent_units_survive_a_kill()
    {
        await ResetAsync();
        await home.ImportTokensAsync(1);
        var (_, key) = await home.CreateKeyAsync();
        using var client = home.Client(key);
        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.ChatAsync("Spend one");
            await answer.ContentAsync();
        }

        await Until.TrueAsync(async () => await WrittenAsync(), "the write-behind has written");
        await home.Process.KillAsync();
        await home.RestartAsync();

        Assert.Equal(27, await RemainingAsync());
        using var again = await home.Client(key).ChatAsync("Hello again");
        await again.ContentAsync();
    }

    [Fact]
    public async Task Terminated_during_streams_it_cuts_none_and_loses_no_usage()
    {
        await ResetAsync();
        await home.ImportTokensAsync(2);
        home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Hold("end").Say(" a time").End());
        var (id, key) = await home.CreateKeyAsync();
        using var client = home.Client(key);
        var streams = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.StreamAsync("Tell me", Cancelled)));

        home.Process.Terminate();
        home.Grok.Gate("end").Open();
        foreach (var stream in streams)
        {
            Assert.Equal("Once upon a time", Chats.Joined(await stream.Content.ReadAsStringAsync(Cancelled)));
            stream.Dispose();
        }

        await home.Process.WaitForExitAsync(TimeSpan.FromSeconds(45));
        Assert.Equal(0, home.Process.ExitCode);
        await home.RestartAsync();
        var row = await home.AdminAsync(HttpMethod.Get, $"admin/apikeys/{id}");
        Assert.Equal(10, row.GetProperty("total_used").GetInt32());
    }

    [Fact]
    public async Task A_verb_beside_the_server_goes_through_it()
    {
        await ResetAsync();
        var (code, output) = await home.RunVerbAsync(["key", "create", "--name", "from the shell"]);
        Assert.True(code == 0, output);
        var key = output.Trim().Split('\n')[^1];
        Assert.StartsWith("gf-", key, StringComparison.Ordinal);
        using var answer = await home.Client(key).GetAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(Directory.GetFiles(home.DataFolder), f => f.EndsWith(".secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, output) = await StandaloneAsync($"--app:port={port}");
        Assert.NotEqual(0, code);
        Assert.Contains("--app:port", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--app:prot=8080", "app.port")]
    [InlineData("--frobnicate", "--frobnicate")]
    [InlineData("--app:port=99999", "65535")]
    public async Task A_wrong_switch_is_one_sentence(string argument, string expected)
    {
        var (code, output) = await StandaloneAsync(argument);
        Assert.NotEqual(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_configuration_file_is_named_with_line_and_column()
    {
        var file = Path.Combine(home.DataFolder, "bad.toml");
        await File.WriteAllTextAsync(file, "[app]\nport = \"many\n", Cancelled);
        var (code, output) = await StandaloneAsync("--config", file);
        Assert.NotEqual(0, code);
        Assert.Contains("bad.toml", output, StringComparison.Ordinal);
        Assert.Contains("2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_its_version_and_help()
    {
        Assert.Equal(0, (await StandaloneAsync("--version")).Code);
        var (code, output) = await StandaloneAsync("--help");
        Assert.Equal(0, code);
        Assert.Contains("demo", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> StandaloneAsync(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("grokforge-verb-");
        try
        {
            await using var process = await ServiceProcess.StartAsync(
                "verb", Executable.Find("GrokForge.AllInOne", "grokforge"), default, new Dictionary<string, string> { ["GROKFORGE_APP__DATA_DIR"] = folder.FullName }, arguments);
            await process.WaitForExitAsync(TimeSpan.FromSeconds(60));
            return (process.ExitCode, process.Output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task ResetAsync()
    {
        await home.EnsureRunningAsync();
        home.Grok.Reset();
        await home.RemoveTokensAsync();
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
}
