using System.Collections.Concurrent;
using System.Globalization;
using GrokForge.TestKit.Servers;
using StackExchange.Redis;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>Separate processes, two replicas of what can have two, on PostgreSQL, Redis and RabbitMQ, wired only by variables.</summary>
public class DistributedHome : Home
{
    private readonly Dictionary<string, ServicePorts[]> _ports = WiredProcess.All.ToDictionary(
        s => s.Name, s => Enumerable.Range(0, s.Replicas).Select(_ => ServicePorts.Take(s.HasRpc)).ToArray());

    private readonly PostgresServer _postgres = new();
    private readonly Dictionary<string, string> _equipment = [];
    private readonly ConcurrentDictionary<(string Name, int Replica), ServiceProcess> _processes = [];

    private TraceReceiver? _traces;
    private LocalServer? _redis;
    private LocalServer? _rabbitmq;
    private string? _missing;

    public override IReadOnlyList<Uri> Gateways => [.. _ports["gateway"].Select(p => new Uri($"http://127.0.0.1:{p.Http}/"))];

    public override string Output => string.Join("\n\n", _processes.Values.Select(p => $"=== {p.Name}\n{p.Output}"));

    internal override IReadOnlyList<ServiceProcess> Processes => [.. _processes.Values];

    internal LocalServer RabbitMq => _rabbitmq!;

    internal LocalServer Redis => _redis!;

    /// <summary>Where every service exports its traces to, unless this home has none.</summary>
    internal TraceReceiver Traces => _traces!;

    /// <summary>What each process said on its first start, all of them together on an empty database.</summary>
    internal IReadOnlyList<(string Name, string Output)> FirstWords { get; private set; } = [];

    /// <summary>Whether the services' traces are received, and kept.</summary>
    protected virtual bool IsTraced => true;

    internal string DatabaseConnectionString => _equipment["ConnectionStrings__grokforge"];

    internal ServiceProcess Replica(string name, int replica) => _processes[(name, replica)];

    public override void SkipUnlessAvailable() => Assert.SkipWhen(_missing is not null, _missing ?? "");

    public override async Task EnsureRunningAsync()
    {
        await Task.WhenAll(_processes.Where(p => p.Value.HasExited).Select(p => p.Key).ToList().Select(p => RestartAsync(p.Name, p.Replica)));

        // A process that has just started, or lost the broker in an earlier test, hears of changes only when it is on the bus again.
        await Task.WhenAll(_processes.Values.Select(p => p.WaitUntilHealthyAsync(CancellationToken.None)));
    }

    /// <summary>Moves the ledger's clock: scripts add this to Redis' own time.</summary>
    internal async Task MoveLedgerTimeAsync(TimeSpan by)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis!.ConnectionString);
        await connection.GetDatabase().StringIncrementAsync("{gf}:offset", (long)by.TotalMilliseconds);
    }

    /// <summary>Starts one replica again on its old ports.</summary>
    internal async Task RestartAsync(string name, int replica)
    {
        if (_processes.TryRemove((name, replica), out var old))
            await old.DisposeAsync();
        await LaunchAsync(name, replica);
        await _processes[(name, replica)].WaitUntilReadyAsync(CancellationToken.None);
    }

    /// <summary>An empty database: on the server that all tests share.</summary>
    protected virtual Task<string> CreateDatabaseAsync() => _postgres.CreateDatabaseAsync();

    protected override async Task StartAsync()
    {
        try
        {
            _equipment["ConnectionStrings__grokforge"] = await CreateDatabaseAsync();
            _redis = await RedisServer.StartPrivateAsync(CancellationToken.None);
            _rabbitmq = await RabbitMqServer.StartPrivateAsync(CancellationToken.None);
        }
        catch (SkippedTestException missing)
        {
            // Told to each test: a fixture that throws would fail them.
            _missing = missing.Message.Replace("$XunitDynamicSkip$", "", StringComparison.Ordinal);
            return;
        }

        _equipment["ConnectionStrings__redis"] = _redis.ConnectionString;
        _equipment["ConnectionStrings__rabbitmq"] = _rabbitmq.ConnectionString;
        _equipment["GROKFORGE_INTERNAL_KEY"] = "end-to-end-internal-key-0123456789abcdef";
        _equipment["GROKFORGE_MASTER_KEY"] = "end-to-end-master-key-0123456789abcdef0";
        _equipment["GROKFORGE_APP__APP_KEY"] = AppKey;
        if (IsTraced)
            _traces = await TraceReceiver.StartAsync();

        // All at once: replicas that start together must migrate once and agree on their keys.
        foreach (var service in WiredProcess.All)
        {
            for (var i = 0; i < service.Replicas; i++)
                await LaunchAsync(service.Name, i);
        }

        await Task.WhenAll(_processes.Values.Select(p => p.WaitUntilReadyAsync(CancellationToken.None)));
        FirstWords = [.. _processes.Values.Select(p => (p.Name, p.Output))];
    }

    protected override async Task StopAsync()
    {
        foreach (var process in _processes.Values)
            await process.DisposeAsync();
        if (_traces is not null)
            await _traces.DisposeAsync();
        if (_rabbitmq is not null)
            await _rabbitmq.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private async Task LaunchAsync(string name, int replica)
    {
        var service = WiredProcess.Named(name);
        var environment = service.Variables(_equipment, UpstreamAddress.ToString().TrimEnd('/'), _ports);
        foreach (var (variable, value) in OfTheTests(name, replica))
            environment.Add(variable, value);
        _processes[(name, replica)] = await ServiceProcess.StartAsync($"{name}-{replica}", Executable.Find(service.Project), _ports[name][replica], environment);
    }

    /// <summary>What a test wants of each process, whoever composes them: a folder of its own, its traces, and an upstream that may fail at will without being spared or asked by itself.</summary>
    private IEnumerable<(string Variable, string Value)> OfTheTests(string name, int replica)
    {
        yield return ("GROKFORGE_APP__DATA_DIR", Path.Combine(Path.GetTempPath(), $"grokforge-e2e-{_ports[name][replica].Http}"));
        yield return ("GROKFORGE_APP__MODELS_FILE", ModelsFile);
        yield return ("GROKFORGE_RETRY__BREAKER_FAILURE_RATIO", "0");
        yield return ("GROKFORGE_TOKEN__REFRESH_AFTER_IMPORT", "0");
        if (_traces is null)
            yield break;
        yield return ("OTEL_EXPORTER_OTLP_ENDPOINT", _traces.Endpoint);
        yield return ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        yield return ("OTEL_BSP_SCHEDULE_DELAY", "200");
        yield return ("OTEL_SERVICE_NAME", name);
        yield return ("OTEL_RESOURCE_ATTRIBUTES", $"service.instance.id={name}-{replica.ToString(CultureInfo.InvariantCulture)}");
    }
}
