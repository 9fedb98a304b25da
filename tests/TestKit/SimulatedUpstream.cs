using GrokForge.Simulator;
using Xunit;

namespace GrokForge.TestKit;

/// <summary>The simulated upstream on a real loopback port: one per test (<see cref="StartAsync(CancellationToken)"/>), or shared as a fixture.</summary>
public sealed class SimulatedUpstream : IAsyncLifetime
{
    private SimulatorHost? host;

    /// <summary>Where it listens; the value for <c>upstream.web_base_url</c>.</summary>
    public Uri BaseAddress => Host.BaseAddress;

    /// <summary>Scripts and records.</summary>
    public SimulatedGrok Grok => Host.Grok;

    private SimulatorHost Host => host ?? throw new InvalidOperationException("The simulated upstream has not been started.");

    /// <summary>Starts one on a free port.</summary>
    public static Task<SimulatedUpstream> StartAsync(CancellationToken cancellationToken) => StartAsync(TimeProvider.System, cancellationToken);

    /// <summary>Starts one on a free port, with a clock for its delays, records and quota windows.</summary>
    public static async Task<SimulatedUpstream> StartAsync(TimeProvider time, CancellationToken cancellationToken) =>
        new() { host = await SimulatorHost.StartAsync(0, time, cancellationToken) };

    /// <summary>Fails where a request deviated from the wire protocol.</summary>
    public void AssertNoViolations()
    {
        var violations = Grok.Violations;
        if (violations.Count > 0)
        {
            throw new InvalidOperationException("Requests deviate from the wire protocol:\n" + string.Join('\n', violations.Distinct().Take(40)));
        }
    }

    async ValueTask IAsyncLifetime.InitializeAsync() => host = await SimulatorHost.StartAsync(0, CancellationToken.None);

    public ValueTask DisposeAsync() => host?.DisposeAsync() ?? ValueTask.CompletedTask;
}
