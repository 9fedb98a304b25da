using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Says at start that events stay in this process although it is not the whole product.</summary>
internal sealed partial class LonelyBusNotice(BusTransport transport, ILogger<LonelyBusNotice> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!transport.Alone)
            Log.NoBroker(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No connection string named rabbitmq was given: events stay in this process, and caches of others live up to 5 seconds longer.")]
        public static partial void NoBroker(ILogger logger);
    }
}
