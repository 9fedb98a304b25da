using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace GrokForge.Simulator;

/// <summary>A simulator on a loopback port of its own, inside another process; it reads no configuration and handles no signals.</summary>
public sealed class SimulatorHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private SimulatorHost(WebApplication app)
    {
        this.app = app;
        BaseAddress = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Grok = app.Services.GetRequiredService<SimulatedGrok>();
    }

    /// <summary>Where it listens, e.g. http://127.0.0.1:40123/.</summary>
    public Uri BaseAddress { get; }

    public SimulatedGrok Grok { get; }

    /// <param name="port">Port on 127.0.0.1; 0 takes a free one.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static Task<SimulatorHost> StartAsync(int port, CancellationToken cancellationToken) => StartAsync(port, TimeProvider.System, cancellationToken);

    /// <param name="port">Port on 127.0.0.1; 0 takes a free one.</param>
    /// <param name="time">The clock of delays, records and quota windows.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<SimulatorHost> StartAsync(int port, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.AddSimulator();
        var app = builder.Build();
        try
        {
            app.MapSimulator();
            await app.StartAsync(cancellationToken);
            return new(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }

    /// <summary>Leaves signals to the process that the simulator runs in: it stops when its owner disposes it.</summary>
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
