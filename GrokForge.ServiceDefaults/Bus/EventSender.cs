using System.Diagnostics;
using System.Threading.Channels;
using GrokForge.ServiceDefaults.Telemetry;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>
/// Sends queued events one after the other. It waits for the broker, and for this process's own queues on it: what is published to an exchange
/// that has no queue yet is nobody's.
/// </summary>
internal sealed partial class EventSender : EventPublisher, IHostedService, IDisposable
{
    private const int MostAttempts = 3;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly Channel<Queued> _queue;
    private readonly IBusControl _bus;
    private readonly TimeProvider _time;
    private readonly ILogger<EventSender> _logger;
    private readonly CancellationTokenSource _stopping;
    private Task _sending = Task.CompletedTask;

    public EventSender(IBusControl bus, TimeProvider time, ILogger<EventSender> logger)
    {
        _bus = bus;
        _time = time;
        _logger = logger;
        _stopping = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _queue = Channel.CreateBounded<Queued>(new BoundedChannelOptions(BusCounters.Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => BusCounters.Dropped.Add(1));
    }

    public override void Publish<TEvent>(TEvent message) =>
        _queue.Writer.TryWrite(new Queued(message, Activity.Current?.Context ?? default, RequestId.Current));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _sending = Task.Run(SendAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Sends what is queued for at most two seconds.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        _stopping.CancelAfter(TimeSpan.FromSeconds(2));
        await _sending;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task SendAsync()
    {
        try
        {
            await foreach (var queued in _queue.Reader.ReadAllAsync(_stopping.Token))
                await SendAsync(queued);
        }
        catch (OperationCanceledException)
        {
            Log.Unsent(_logger, _queue.Reader.Count);
        }
    }

    private async Task SendAsync(Queued queued)
    {
        using var activity = queued.Parent == default ? null : GrokForgeTelemetry.Source.StartActivity("publish", ActivityKind.Producer, queued.Parent);
        for (var attempt = 1; ; attempt++)
        {
            await UntilReadyAsync();
            try
            {
                await PublishAsync(queued);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The rim of the loop: one bad message must not end the sending of the others.
                if (attempt < MostAttempts)
                    continue;
                BusCounters.Dropped.Add(1);
                Log.Refused(_logger, e, queued.Message.GetType().Name);
                return;
            }
        }
    }

    private async ValueTask UntilReadyAsync()
    {
        while (_bus.CheckHealth().Status != BusHealthStatus.Healthy)
            await Task.Delay(LookAgain, _time, _stopping.Token);
    }

    private Task PublishAsync(Queued queued) =>
        _bus.Publish(queued.Message, queued.Message.GetType(), Pipe.Execute<PublishContext>(context =>
        {
            if (queued.RequestId is { } requestId)
                context.Headers.Set(RequestId.Header, requestId);
        }), _stopping.Token);

    private readonly record struct Queued(object Message, ActivityContext Parent, string? RequestId);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The event {Event} could not be published and was dropped.")]
        public static partial void Refused(ILogger logger, Exception exception, string @event);

        [LoggerMessage(2, LogLevel.Warning, "The process ends with at least {Count} events unpublished: the broker is away.")]
        public static partial void Unsent(ILogger logger, int count);
    }
}
