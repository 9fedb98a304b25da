using System.Globalization;
using GrokForge.TestKit.Servers;

namespace GrokForge.LoadBench.Targets;

/// <summary>Starts the mock upstream and whatever is measured in front of it, and ends all of it again.</summary>
internal sealed class Installations(string programs, string against) : IAsyncDisposable
{
    private const string Password = "load-bench-admin-password";
    private const int XaiKeys = 256;
    private const int WebTokens = 256;

    private readonly List<IAsyncDisposable> _started = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("grokforge-load-").FullName;
    private readonly HttpClient _client = new();
    private Uri? _upstream;

    /// <summary>Starts the upstream; everything else stands in front of it.</summary>
    public async Task StartUpstreamAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        _upstream = new Uri($"http://127.0.0.1:{port}");
        var upstream = Started(TargetProcess.Start(Program("Load"), Plain, "upstream", $"{port}"));
        await upstream.UntilServingAsync(new Uri(_upstream, "/v1/models"), key: null, cancellationToken);
    }

    public async Task<Target> StartAsync(string name, CancellationToken cancellationToken) => name switch
    {
        Target.Direct => new Target(name, _upstream!.Port, "none", "bench", []),
        Target.Proxy => await StartProxyAsync(cancellationToken),
        Target.OneXai => await StartOneAsync(name, "xai/bench", "xai", XaiKeys, cancellationToken),
        Target.OneWeb => await StartOneAsync(name, "bench-web", "heavy", WebTokens, cancellationToken),
        Target.AgainstXai => await StartOneAsync(name, "xai/bench", "xai", XaiKeys, cancellationToken),
        Target.AgainstWeb => await StartOneAsync(name, "bench-web", "heavy", WebTokens, cancellationToken),
        Target.Services => await StartServicesAsync(cancellationToken),
        _ => throw new ArgumentException($"There is no target {name}."),
    };

    /// <summary>Milliseconds from the start of a process to its first 200, on stores that exist.</summary>
    public async Task<(double Proxy, double One)> MeasureStartAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        double proxy, one;
        await using (var process = TargetProcess.Start(Program("Load"), Plain, "proxy", $"{port}", $"{_upstream}"))
            proxy = await process.UntilServingAsync(new Uri($"http://127.0.0.1:{port}/v1/models"), key: null, cancellationToken);

        port = FreePort.Next();
        var data = Path.Combine(_folder, "start");
        if (!File.Exists(Path.Combine(data, "key")))
        {
            await using var first = await OneAsync(programs, port, data, cancellationToken);
            using var admin = new AdminDoor(new Uri($"http://127.0.0.1:{port}/"), Password);
            await admin.ImportAsync("xai", XaiKeys, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(data, "key"), await admin.CreateKeyAsync(cancellationToken), cancellationToken);
        }
        var key = await File.ReadAllTextAsync(Path.Combine(data, "key"), cancellationToken);
        await using (var process = StartOne(programs, port, data))
            one = await process.UntilServingAsync(new Uri($"http://127.0.0.1:{port}/v1/models"), key, cancellationToken);
        return (proxy, one);
    }

    /// <summary>Lets the held streams of all targets go on.</summary>
    public async Task ReleaseAsync()
    {
        using var answer = await _client.PostAsync(new Uri(_upstream!, "/release"), content: null);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _started.AsEnumerable().Reverse())
            await started.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<Target> StartProxyAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        var process = Started(TargetProcess.Start(Program("Load"), Plain, "proxy", $"{port}", $"{_upstream}"));
        await process.UntilServingAsync(new Uri($"http://127.0.0.1:{port}/v1/models"), key: null, cancellationToken);
        return new Target(Target.Proxy, port, "none", "bench", [process]);
    }

    private async Task<Target> StartOneAsync(string name, string model, string pool, int tokens, CancellationToken cancellationToken)
    {
        var (port, data) = (FreePort.Next(), Path.Combine(_folder, name));
        string key;
        // Administration loads what requests do not need: what is measured was started after it.
        var folder = name is Target.AgainstXai or Target.AgainstWeb ? against : programs;
        await using (await OneAsync(folder, port, data, cancellationToken))
            key = await FurnishAsync(port, pool, tokens, cancellationToken);
        return new Target(name, port, key, model, [Started(await OneAsync(folder, port, data, cancellationToken))]);
    }

    private async Task<TargetProcess> OneAsync(string folder, int port, string data, CancellationToken cancellationToken)
    {
        var process = StartOne(folder, port, data);
        await process.UntilServingAsync(new Uri($"http://127.0.0.1:{port}/health"), key: null, cancellationToken);
        return process;
    }

    private TargetProcess StartOne(string folder, int port, string data) =>
        TargetProcess.Start(Program(folder, "AllInOne"), Wiring(), $"--app:port={port}", "--app:host=127.0.0.1", $"--app:data_dir={data}");

    private async Task<Target> StartServicesAsync(CancellationToken cancellationToken)
    {
        var postgres = Started(await PostgresServer.StartPrivateAsync(cancellationToken));
        var redis = Started(await RedisServer.StartPrivateAsync(cancellationToken));
        var bus = Started(await RabbitMqServer.StartPrivateAsync(cancellationToken));
        string[] services = ["TokenPool", "Upstream", "Gateway", "Admin"];
        var ports = services.ToDictionary(s => s, _ => (Http: FreePort.Next(), Rpc: FreePort.Next()));
        var wiring = Wiring();
        wiring["ConnectionStrings__grokforge"] = postgres.ConnectionString;
        wiring["ConnectionStrings__redis"] = redis.ConnectionString;
        wiring["ConnectionStrings__rabbitmq"] = bus.ConnectionString;
        wiring["GROKFORGE_INTERNAL_KEY"] = wiring["GROKFORGE_MASTER_KEY"] = Guid.NewGuid().ToString("N");
        foreach (var service in services)
        {
            var name = service.ToLower(CultureInfo.InvariantCulture);
            wiring[$"services__{name}__http__0"] = $"http://127.0.0.1:{ports[service].Http}";
            wiring[$"services__{name}__grpc__0"] = $"http://127.0.0.1:{ports[service].Rpc}";
        }

        List<TargetProcess> processes = [];
        foreach (var service in services)
        {
            processes.Add(Started(TargetProcess.Start(Program(service), new Dictionary<string, string>(wiring)
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ports[service].Http}",
                ["GROKFORGE_GRPC_PORT"] = $"{ports[service].Rpc}",
                ["GROKFORGE_APP__DATA_DIR"] = Path.Combine(_folder, service),
            })));
        }
        for (var i = 0; i < services.Length; i++)
            await processes[i].UntilServingAsync(new Uri($"http://127.0.0.1:{ports[services[i]].Http}/health"), key: null, cancellationToken);
        var gateway = ports["Gateway"].Http;
        return new Target(Target.Services, gateway, await FurnishAsync(gateway, "xai", XaiKeys, cancellationToken), "xai/bench", processes);
    }

    private static async Task<string> FurnishAsync(int port, string pool, int tokens, CancellationToken cancellationToken)
    {
        using var admin = new AdminDoor(new Uri($"http://127.0.0.1:{port}/"), Password);
        await admin.ImportAsync(pool, tokens, cancellationToken);
        return await admin.CreateKeyAsync(cancellationToken);
    }

    private Dictionary<string, string> Wiring() => new(Plain)
    {
        ["GROKFORGE_APP__APP_KEY"] = Password,
        ["GROKFORGE_APP__LOG_LEVEL"] = "warn",
        ["GROKFORGE_APP__MODELS_FILE"] = Path.Combine(AppContext.BaseDirectory, "models.toml"),
        ["GROKFORGE_APP__MAX_CONCURRENT_REQUESTS"] = "10000",
        ["GROKFORGE_TOKEN__MAX_INFLIGHT"] = "32",
        ["GROKFORGE_UPSTREAM__WEB_BASE_URL"] = $"http://127.0.0.1:{_upstream!.Port}",
        ["GROKFORGE_UPSTREAM__ASSETS_BASE_URL"] = $"http://127.0.0.1:{_upstream.Port}",
        ["GROKFORGE_UPSTREAM__XAI_BASE_URL"] = $"http://127.0.0.1:{_upstream.Port}/v1",
    };

    private static Dictionary<string, string> Plain => [];

    private string Program(string service) => Program(programs, service);

    private static string Program(string folder, string service)
    {
        var name = service switch { "AllInOne" => "grokforge", "Load" => "GrokForge.LoadBench", _ => $"GrokForge.{service}" };
        return Path.GetFullPath(Path.Combine(folder, service, name));
    }

    private T Started<T>(T started) where T : IAsyncDisposable
    {
        _started.Add(started);
        return started;
    }
}
