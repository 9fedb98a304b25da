using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>One started executable: its ports, its words, its end.</summary>
internal sealed partial class ServiceProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly HttpClient Probe = WatchedClient.Of(null, TimeSpan.FromSeconds(5));

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ServiceProcess(string name, int httpPort, int grpcPort, Process process)
    {
        Name = name;
        HttpPort = httpPort;
        GrpcPort = grpcPort;
        _process = process;
    }

    public string Name { get; }

    public int HttpPort { get; }

    /// <summary>0: none.</summary>
    public int GrpcPort { get; }

    public Uri BaseAddress => new($"http://127.0.0.1:{HttpPort}/");

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has said so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <param name="executable">A launcher, or an assembly that dotnet runs.</param>
    public static async Task<ServiceProcess> StartAsync(
        string name, string executable, ServicePorts ports, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = Starter.Describe(executable, environment, arguments);
        if (ports.Http > 0)
            start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ports.Http}";
        if (ports.Grpc > 0)
            start.Environment["GROKFORGE_GRPC_PORT"] = ports.Grpc.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var process = await Starter.StartAsync(start);
        process.StandardInput.Close();
        var service = new ServiceProcess(name, ports.Http, ports.Grpc, process);
        process.OutputDataReceived += (_, line) => service.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => service.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return service;
    }

    /// <summary>Waits until the service says it is ready; fails with its own words when it ends or takes longer than four minutes: nine of them start at once, beside whatever else the machine does.</summary>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) => WaitAsync("ready", _ => true, cancellationToken);

    /// <summary>Waits until the service misses nothing that it wants beside it.</summary>
    public Task WaitUntilHealthyAsync(CancellationToken cancellationToken) =>
        WaitAsync("healthy", health => health.Contains("\"ok\"", StringComparison.Ordinal), cancellationToken);

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Skips the test where no process can be asked to end.</summary>
    public static void SkipUnlessTerminable() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM to end a process with.");

    /// <summary>Asks it to end, as an orchestrator does.</summary>
    public void Terminate() => _ = SendSignal(_process.Id, Sigterm);

    public async Task WaitForExitAsync(TimeSpan limit)
    {
        using var source = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(source.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} had not ended after {limit}:\n{Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task WaitAsync(string state, Func<string, bool> isReached, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{Name} ended with {_process.ExitCode} before it was {state}:\n{Output}");
            try
            {
                using var answer = await Probe.GetAsync(new Uri(BaseAddress, "health"), limit.Token);
                if (answer.IsSuccessStatusCode && isReached(await answer.Content.ReadAsStringAsync(limit.Token)))
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                if (limit.IsCancellationRequested)
                    throw new TimeoutException($"{Name} was not {state} in time:\n{Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _output.Enqueue(line);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}

/// <summary>Ports of a service; 0: none.</summary>
internal readonly record struct ServicePorts(int Http, int Grpc)
{
    public static ServicePorts Take(bool grpc) => new(FreePort.Next(), grpc ? FreePort.Next() : 0);
}
