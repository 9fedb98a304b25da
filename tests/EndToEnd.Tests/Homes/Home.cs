using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>GrokForge as a user has it: started executables on real sockets, with the simulator as their upstream.</summary>
public abstract class Home : IAsyncLifetime
{
    /// <summary>The admin password in every home.</summary>
    public const string AppKey = "end-to-end-admin-password";

    // The built-in models, and some that the official API serves too.
    private const string MoreModels = """

        [[models]]
        id = "api-after-web"
        type = "chat"
        pool_floor = "basic"
        mode = "fast"
        upstream_mode = "fast"
        upstream_model = "grok-4"
        routes = ["grok_web", "xai"]
        hidden = true

        [[models]]
        id = "api-before-web"
        type = "chat"
        pool_floor = "basic"
        mode = "fast"
        upstream_mode = "fast"
        upstream_model = "grok-4"
        routes = ["xai", "grok_web"]
        hidden = true

        [[models]]
        id = "api-alias"
        type = "chat"
        upstream_model = "grok-3-mini"
        routes = ["xai"]
        hidden = true

        """;

    private readonly FileInfo _models = new(Path.Combine(Path.GetTempPath(), $"grokforge-e2e-models-{Guid.NewGuid():N}.toml"));
    private readonly HttpClient _admin = WatchedClient.Of(null, TimeSpan.FromSeconds(30));
    private SimulatorHost? _upstream;
    private int _tokens;

    /// <summary>The upstream's script and records.</summary>
    internal SimulatedGrok Grok => _upstream!.Grok;

    /// <summary>The catalog that every home has, for app.models_file.</summary>
    internal string ModelsFile => _models.FullName;

    internal Uri UpstreamAddress => _upstream!.BaseAddress;

    /// <summary>Public doors, one per gateway.</summary>
    public abstract IReadOnlyList<Uri> Gateways { get; }

    /// <summary>Every service's own words, for messages of failed tests.</summary>
    public abstract string Output { get; }

    /// <summary>The processes that run now.</summary>
    internal abstract IReadOnlyList<ServiceProcess> Processes { get; }

    public async ValueTask InitializeAsync()
    {
        _upstream = await SimulatorHost.StartAsync(port: 0, CancellationToken.None);
        await File.WriteAllTextAsync(_models.FullName, Encoding.UTF8.GetString(EmbeddedFile.Bytes(EmbeddedFile.Models)) + MoreModels);
        await StartAsync();
        _admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AppKey);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_upstream is not null)
            await _upstream.DisposeAsync();
        _admin.Dispose();
        _models.Delete();
        GC.SuppressFinalize(this);
    }

    /// <summary>Skips the test where this home's servers are not installed.</summary>
    public virtual void SkipUnlessAvailable()
    {
    }

    /// <summary>Starts again what an earlier test stopped and did not bring back.</summary>
    public virtual Task EnsureRunningAsync() => Task.CompletedTask;

    /// <summary>A client of one gateway with a key.</summary>
    public HttpClient Client(string key, int gateway = 0)
    {
        var client = WatchedClient.Of(Gateways[gateway % Gateways.Count], TimeSpan.FromMinutes(3));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Calls /admin on a gateway's public door; fails with the answer's words where it is not a success.</summary>
    public async Task<JsonElement> AdminAsync(HttpMethod method, string path, object? body = null)
    {
        using var answer = await SendAdminAsync(method, path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public async Task<HttpResponseMessage> SendAdminAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Gateways[0], path));
        if (body is not null)
            request.Content = JsonContent.Create(body);
        return await _admin.SendAsync(request);
    }

    /// <summary>Lets every gateway meet the key, so that a crowd of requests measures what it means to. A gateway that has just started on a busy machine asks for patience first.</summary>
    public async Task WarmAsync(string key)
    {
        for (var i = 0; i < Gateways.Count; i++)
        {
            using var client = Client(key, i);
            await Scenarios.Until.TrueAsync(
                async () =>
                {
                    using var answer = await client.GetAsync(new Uri("v1/models", UriKind.Relative));
                    return answer.IsSuccessStatusCode;
                },
                $"{client.BaseAddress} lets the key in");
        }
    }

    /// <summary>Issues a key.</summary>
    public async Task<(long Id, string Key)> CreateKeyAsync(int rateLimit = 0, int dailyLimit = 0, params string[] models)
    {
        var made = await AdminAsync(HttpMethod.Post, "admin/apikeys",
            new { name = "end-to-end", model_whitelist = models, rate_limit = rateLimit, daily_limit = dailyLimit });
        return (made.GetProperty("id").GetInt64(), made.GetProperty("key").GetString()!);
    }

    /// <summary>Imports fresh tokens and answers their texts.</summary>
    public async Task<IReadOnlyList<string>> ImportTokensAsync(int count, string pool = "basic", string prefix = "end-to-end")
    {
        var texts = Enumerable.Range(0, count).Select(_ => $"{prefix}-token-{Interlocked.Increment(ref _tokens):00000}-{Guid.NewGuid():N}").ToList();
        var reply = await AdminAsync(HttpMethod.Post, "admin/tokens/batch", new { operation = "import", tokens = texts, pool });
        Assert.Equal(count, reply.GetProperty("success").GetInt32());
        return texts;
    }

    /// <summary>Imports fresh keys of the official API and answers their texts; which pool they go to is told by their look.</summary>
    public async Task<IReadOnlyList<string>> ImportApiKeysAsync(int count)
    {
        var keys = Enumerable.Range(0, count).Select(_ => $"xai-end-to-end-{Guid.NewGuid():N}").ToList();
        var reply = await AdminAsync(HttpMethod.Post, "admin/tokens/batch", new { operation = "import", tokens = keys });
        Assert.Equal(count, reply.GetProperty("success").GetInt32());
        Assert.All(reply.GetProperty("tokens").EnumerateArray(), t => Assert.Equal("xai", t.GetProperty("pool").GetString()));
        return keys;
    }

    /// <summary>Saves settings, on top of whatever version is there.</summary>
    public async Task PutConfigAsync(object groups)
    {
        var body = JsonSerializer.SerializeToNode(groups)!.AsObject();
        body["version"] = (await AdminAsync(HttpMethod.Get, "admin/config")).GetProperty("version").GetInt64();
        await AdminAsync(HttpMethod.Put, "admin/config", body);
    }

    /// <summary>Waits until every process says that it goes by the settings saved last: they hear of them, or read them within five seconds.</summary>
    public async Task SettingsInForceAsync()
    {
        var version = (await AdminAsync(HttpMethod.Get, "admin/config")).GetProperty("version").GetInt64();
        var words = string.Create(CultureInfo.InvariantCulture, $"Saved settings of version {version} (");
        await Scenarios.Until.PromisedAsync(
            TimeSpan.FromSeconds(5), () => Task.FromResult(Processes.All(p => p.Output.Contains(words, StringComparison.Ordinal))), "every process goes by the saved settings");
    }

    /// <summary>Removes every token, so that a test knows exactly which ones it has.</summary>
    public async Task RemoveTokensAsync()
    {
        var ids = (await AdminAsync(HttpMethod.Get, "admin/tokens/ids")).GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()).ToArray();
        if (ids.Length > 0)
            await AdminAsync(HttpMethod.Post, "admin/tokens/batch", new { operation = "delete", ids });
    }

    /// <summary>Leases that are out, over all tokens.</summary>
    public async Task<int> InflightAsync() =>
        (await AdminAsync(HttpMethod.Get, "admin/tokens?page_size=100")).GetProperty("data").EnumerateArray().Sum(t => t.GetProperty("inflight").GetInt32());

    /// <summary>The samples of all processes' /metrics, one a line.</summary>
    public async Task<IReadOnlyList<string>> MetricsAsync()
    {
        using var client = WatchedClient.Of(null);
        var pages = await Task.WhenAll(Processes.Where(p => !p.HasExited).Select(p => client.GetStringAsync(new Uri(p.BaseAddress, "metrics"))));
        return [.. pages.SelectMany(p => p.Split('\n')).Where(l => l.Length > 0 && l[0] != '#')];
    }

    protected abstract Task StartAsync();

    protected abstract Task StopAsync();
}
