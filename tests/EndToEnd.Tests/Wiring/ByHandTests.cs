using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.EndToEnd.Tests.Scenarios;
using GrokForge.Simulator;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;

namespace GrokForge.EndToEnd.Tests.Wiring;

/// <summary>The separate processes as docs/operations.md has them started by hand. Only what is a person's own is put in: ports, addresses of servers, keys.</summary>
[Collection(DistributedCollection.Name)]
public sealed partial class ByHandTests
{
    private const string AppKey = "a-password-by-hand-0123456789";
    private static readonly string[] Tokens = ["a-token-by-hand-0123456789"];
    private static readonly string Page = File.ReadAllText(Repository.Path("docs", "operations.md"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Who_is_said_to_need_whose_address_is_who_is_given_it()
    {
        var told = Needs().Match(Page).Groups[1].Value.Split(';').Select(part => part.Split('→')).ToDictionary(p => p[0].Trim(), p => p[1].Split(',').Select(n => n.Trim()).Order());
        Assert.Equal(WiredProcess.All.Where(s => s.Calls.Length > 0).Select(s => s.Name).Order(), told.Keys.Order());
        Assert.All(WiredProcess.All.Where(s => s.Calls.Length > 0), s => Assert.Equal(s.Calls.Order(), told[s.Name]));
    }

    [Fact]
    public void Every_variable_that_services_are_given_is_explained() =>
        Assert.All(
            WiredProcess.Equipment.Concat(["ASPNETCORE_URLS", "HTTP_PORTS", "GROKFORGE_GRPC_PORT", "OTEL_EXPORTER_OTLP_ENDPOINT"]),
            name => Assert.Matches($@"\| `[^|]*{name}[^|]*\|", Page));

    [Fact]
    public async Task The_commands_start_an_installation_that_answers_a_chat()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "bash is not installed");
        await using var postgres = new PostgresServer();
        var database = await postgres.CreateDatabaseAsync();
        await using var redis = await RedisServer.StartPrivateAsync(Cancelled);
        await using var rabbitMq = await RabbitMqServer.StartPrivateAsync(Cancelled);
        await using var upstream = await SimulatorHost.StartAsync(port: 0, Cancelled);
        var folder = Directory.CreateTempSubdirectory("grokforge-by-hand-");
        var (commands, gateway) = Commands(database, redis.ConnectionString, rabbitMq.ConnectionString);
        using var shell = Start(commands, new Dictionary<string, string>
        {
            ["GROKFORGE_APP__DATA_DIR"] = folder.FullName,
            ["GROKFORGE_UPSTREAM__WEB_BASE_URL"] = upstream.BaseAddress.ToString().TrimEnd('/'),
        });
        var words = new StringBuilder();
        shell.OutputDataReceived += (_, line) => Keep(words, line.Data);
        shell.ErrorDataReceived += (_, line) => Keep(words, line.Data);
        shell.BeginOutputReadLine();
        shell.BeginErrorReadLine();
        try
        {
            await AssertAnswersAsync(gateway, () => Said(words));
        }
        finally
        {
            shell.StandardInput.Close();
            await shell.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(90), CancellationToken.None);
            folder.Delete(recursive: true);
        }
    }

    private static void Keep(StringBuilder words, string? line)
    {
        lock (words)
            words.AppendLine(line);
    }

    private static string Said(StringBuilder words)
    {
        lock (words)
            return words.ToString();
    }

    [GeneratedRegex("Who needs whose address: ([^.]+)\\.")]
    private static partial Regex Needs();

    [GeneratedRegex("```bash\\n(dotnet build.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("(?<=localhost:)(8080|5\\d\\d\\d)|(?<=GROKFORGE_GRPC_PORT=)\\d+")]
    private static partial Regex Port();

    /// <summary>The page's own commands but the build, which the tests have behind them.</summary>
    private static (string Commands, Uri Gateway) Commands(string database, string redis, string rabbitMq)
    {
        var block = Block().Match(Page).Groups[1].Value;
        Dictionary<string, string> values = new()
        {
            ["dotnet build GrokForge.sln -c Release\n"] = "",
            ["\"Host=localhost;Username=grokforge;Password=…;Database=grokforge\""] = $"\"{database}\"",
            ["ConnectionStrings__redis=localhost:6379"] = $"ConnectionStrings__redis={redis}",
            ["ConnectionStrings__rabbitmq=amqp://guest:guest@localhost:5672"] = $"ConnectionStrings__rabbitmq={rabbitMq}",
            ["GROKFORGE_MASTER_KEY=…"] = "GROKFORGE_MASTER_KEY=by-hand-master-key-0123456789abcdef",
            ["GROKFORGE_INTERNAL_KEY=…"] = "GROKFORGE_INTERNAL_KEY=by-hand-internal-key-0123456789abcdef",
            ["GROKFORGE_APP__APP_KEY=…"] = $"GROKFORGE_APP__APP_KEY={AppKey}",
        };
        var ports = Port().Matches(block).Select(m => m.Value).Except(["5672"]).Distinct().ToDictionary(port => port, _ => $"{FreePort.Next()}");
        var commands = Port().Replace(block, m => ports.GetValueOrDefault(m.Value, m.Value));
        foreach (var (placeholder, value) in values)
        {
            Assert.Contains(placeholder, commands, StringComparison.Ordinal);
            commands = commands.Replace(placeholder, value, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("…", commands, StringComparison.Ordinal);
        return (commands, new Uri($"http://localhost:{ports["8080"]}/"));
    }

    /// <summary>Runs them in a shell that ends all of them, politely, as soon as its input ends.</summary>
    private static Process Start(string commands, Dictionary<string, string> environment)
    {
#if DEBUG
        commands = commands.Replace("-c Release", "-c Debug", StringComparison.Ordinal);
#endif
        var start = Starter.Describe("/bin/bash", environment, "-c", $$"""
            set -m
            {{commands}}
            read -r _
            for job in $(jobs -p); do kill -TERM -- "-$job"; done
            wait
            """);
        start.WorkingDirectory = Repository.Root;
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Executable.Dotnet)}:{start.Environment["PATH"]}";
        return Process.Start(start)!;
    }

    private static async Task AssertAnswersAsync(Uri gateway, Func<string> output)
    {
        using var client = WatchedClient.Of(gateway);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AppKey);
        await Until.TrueAsync(() => IsDoneAsync(HttpMethod.Get, "admin/tokens", null), () => $"the administration answers over the gateway:\n{output()}");
        await Until.TrueAsync(
            () => IsDoneAsync(HttpMethod.Post, "admin/tokens/batch", new { operation = "import", tokens = Tokens, pool = "basic" }), () => $"a token is imported:\n{output()}");
        JsonElement key = default;
        await Until.TrueAsync(() => IsDoneAsync(HttpMethod.Post, "admin/apikeys", new { name = "by hand" }, answer => key = answer), () => $"a key is made:\n{output()}");

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.GetProperty("key").GetString());
        await Until.TrueAsync(
            () => IsDoneAsync(
                HttpMethod.Post, "v1/chat/completions", Chats.Body("Hello by hand"),
                answer => Assert.Equal("Hello from the simulator. You said: Hello by hand", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString())),
            () => $"a chat is answered:\n{output()}");

        async Task<bool> IsDoneAsync(HttpMethod method, string path, object? body, Action<JsonElement>? read = null)
        {
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
                using var answer = await client.SendAsync(request, Cancelled);
                if (!answer.IsSuccessStatusCode)
                    return false;
                read?.Invoke(JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled)).RootElement);
                return true;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
                return false;
            }
        }
    }
}
