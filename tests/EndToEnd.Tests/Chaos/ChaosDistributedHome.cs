using System.Collections.Concurrent;
using System.Globalization;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.TestKit.Servers;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>Separate processes on servers of their own, each of which may be killed or paused by its name, such as tokenpool-0 or redis.</summary>
public sealed class ChaosDistributedHome : DistributedHome
{
    private readonly ConcurrentQueue<string> _lastWords = new();
    private readonly ConcurrentDictionary<string, bool> _dead = [];
    private LocalServer? _postgres;

    /// <summary>Also what the killed ones had said.</summary>
    public override string Output => string.Join("\n\n", [.. _lastWords, base.Output]);

    protected override bool IsTraced => false;

    internal async Task KillAsync(string name)
    {
        if (Server(name) is { } server)
        {
            await server.KillAsync();
            return;
        }

        _dead[name] = true;
        var process = Process(name);
        await process.KillAsync();
        _lastWords.Enqueue($"=== {name}, killed\n{process.Output}");
    }

    internal async Task StartAgainAsync(string name)
    {
        if (Server(name) is { } server)
        {
            await server.StartAsync(CancellationToken.None);
            return;
        }

        var (service, replica) = Split(name);
        await RestartAsync(service, replica);
        _dead.TryRemove(name, out _);
    }

    internal Task<PausedProcess> PauseAsync(string name) => PausedProcess.StartAsync(Server(name)?.ProcessId ?? Process(name).ProcessId);

    /// <summary>The processes that ended by themselves.</summary>
    internal IReadOnlyList<ServiceProcess> Ended() => [.. Processes.Where(p => p.HasExited && !_dead.ContainsKey(p.Name))];

    // A commit that was answered must survive the server's process; its files survive with the machine.
    protected override async Task<string> CreateDatabaseAsync()
    {
        _postgres = await PostgresServer.StartPrivateAsync(CancellationToken.None);
        return _postgres.ConnectionString + ";Options=-c synchronous_commit=on";
    }

    protected override async Task StopAsync()
    {
        await base.StopAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private ServiceProcess Process(string name)
    {
        var (service, replica) = Split(name);
        return Replica(service, replica);
    }

    private LocalServer? Server(string name) => name switch { "redis" => Redis, "rabbitmq" => RabbitMq, "postgres" => _postgres, _ => null };

    private static (string Service, int Replica) Split(string name) => (name[..^2], int.Parse(name[^1..], CultureInfo.InvariantCulture));
}
