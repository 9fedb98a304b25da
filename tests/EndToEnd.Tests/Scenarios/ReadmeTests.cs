using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>The README's curls work as they are printed, and so does the one that the demo prints.</summary>
[Collection(AllInOneCollection.Name)]
public sealed partial class ReadmeTests(AllInOneHome home) : HomeScenarios(home)
{
    private readonly AllInOneHome home = home;

    [Fact]
    public async Task Every_curl_of_the_readme_succeeds()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl") && File.Exists("/bin/bash"), "curl and bash are not installed");
        await home.ImportTokensAsync(1);
        var (_, key) = await home.CreateKeyAsync();
        var readme = await File.ReadAllTextAsync(Repository.Path("README.md"), Cancelled);
        var curls = Curl().Matches(readme).Select(m => m.Value).ToList();
        Assert.True(curls.Count >= 4, "The README shows its curls.");
        foreach (var curl in curls)
        {
            var here = curl.Replace("http://localhost:8080/", home.Gateways[0].ToString(), StringComparison.Ordinal);
            var (code, output) = await BashAsync($"set -e; {here} -sS --fail-with-body", new() { ["KEY"] = key, ["ADMIN"] = Home.AppKey });
            Assert.True(code == 0, $"{curl}\n{output}");
            AssertIsWhatTheReadmePromises(curl, output);
        }
    }

    private static void AssertIsWhatTheReadmePromises(string curl, string output, string said = "Hello!")
    {
        if (curl.Contains("/v1/chat/completions", StringComparison.Ordinal))
            Assert.Equal($"Hello from the simulator. You said: {said}", Chats.Joined(output));
        else if (curl.Contains("/v1/models", StringComparison.Ordinal))
            Assert.Contains("grok-4.20-fast", JsonDocument.Parse(output).RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        else if (curl.Contains("/admin/tokens/batch", StringComparison.Ordinal))
            Assert.Equal(1, JsonDocument.Parse(output).RootElement.GetProperty("success").GetInt32());
        else if (curl.Contains("/admin/apikeys", StringComparison.Ordinal))
            Assert.StartsWith("gf-", JsonDocument.Parse(output).RootElement.GetProperty("key").GetString());
        else
            Assert.Fail($"Nobody says here what this must print: {curl}");
    }

    [Fact]
    public async Task The_curls_of_the_start_page_lead_from_nothing_to_an_answer()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl") && File.Exists("/bin/bash"), "curl and bash are not installed");
        using var client = WatchedClient.Of(home.Gateways[0]);
        var page = await client.GetStringAsync(new Uri("/", UriKind.Relative), Cancelled);
        // The page's own script puts the address there that it was opened at.
        var curls = PageCode().Matches(page).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value).Replace("ORIGIN", home.Gateways[0].GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)).ToList();
        Assert.Equal(3, curls.Count);

        var environment = new Dictionary<string, string> { ["ADMIN_PASSWORD"] = Home.AppKey };
        foreach (var curl in curls)
        {
            var (code, output) = await BashAsync($"set -e; {curl} -sS --fail-with-body", environment);
            Assert.True(code == 0, $"{curl}\n{output}");
            AssertIsWhatTheReadmePromises(curl, output, said: "Say hello.");
            if (curl.Contains("/admin/apikeys", StringComparison.Ordinal))
                environment["GROKFORGE_KEY"] = JsonDocument.Parse(output).RootElement.GetProperty("key").GetString()!;
        }

        Assert.Contains("fetch(\"/health\")", page, StringComparison.Ordinal);
        Assert.True((await client.GetAsync(new Uri("/health", UriKind.Relative), Cancelled)).IsSuccessStatusCode);
        Assert.Contains("Disallow: /", await client.GetStringAsync(new Uri("/robots.txt", UriKind.Relative), Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_prints_a_curl_that_streams_an_answer()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl") && File.Exists("/bin/bash"), "curl and bash are not installed");
        var folder = Directory.CreateTempSubdirectory("grokforge-demo-");
        var ports = ServicePorts.Take(grpc: false);
        try
        {
            await using var demo = await ServiceProcess.StartAsync("demo", await Executable.AllInOneAsync(), ports,
                new Dictionary<string, string> { ["GROKFORGE_APP__DATA_DIR"] = folder.FullName }, "demo");
            await Until.TrueAsync(() => Task.FromResult(demo.HasExited || demo.Output.Contains("Stop with Ctrl+C", StringComparison.Ordinal)), "the demo is ready");
            var curl = Curl().Match(demo.Output);
            Assert.True(curl.Success, demo.Output);
            var (code, output) = await BashAsync(curl.Value + " -sS --fail-with-body", []);
            Assert.True(code == 0, output);
            Assert.Contains("simulator", Chats.Joined(output), StringComparison.Ordinal);
            Assert.Equal(["demo"], folder.EnumerateFileSystemInfos().Select(f => f.Name));
            Assert.True(File.Exists(Path.Combine(folder.FullName, "demo", "grokforge.db")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(int Code, string Output)> BashAsync(string command, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancelled);
        var errors = process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        return (process.ExitCode, await output + await errors);
    }

    [GeneratedRegex("<pre><code>(.*?)</code></pre>", RegexOptions.Singleline)]
    private static partial Regex PageCode();

    [GeneratedRegex("^ *curl .*$", RegexOptions.Multiline)]
    private static partial Regex Curl();
}
