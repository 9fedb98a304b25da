using System.Diagnostics;
using System.Threading.Channels;
using GrokForge.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>The events that wait for one consumer of this process.</summary>
internal abstract class LocalQueue
{
    /// <summary>How often work is tried; an event that is only told is told once.</summary>
    public const int WorkAttempts = 4;

    /// <summary>Takes the event where the consumer hears its kind. When the queue is full the oldest event is dropped and counted.</summary>
    public abstract void Offer(object message);

    /// <summary>Brings events to the consumer until <see cref="Complete"/> was called and the queue is empty.</summary>
    public abstract Task RunAsync(CancellationToken cancellationToken);

    public abstract void Complete();
}

/// <inheritdoc cref="LocalQueue"/>
internal sealed partial class LocalQueue<TConsumer, TEvent>(IServiceProvider services, int attempts, TimeProvider time, ILogger<LocalQueue> logger) : LocalQueue
    where TConsumer : class, IEventConsumer<TEvent>
    where TEvent : class
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Queued> _queue = Channel.CreateBounded<Queued>(
        new BoundedChannelOptions(BusCounters.Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => BusCounters.Dropped.Add(1));

    public override void Offer(object message)
    {
        if (message is TEvent heard)
            _queue.Writer.TryWrite(new Queued(heard, Activity.Current?.Context ?? default, RequestId.Current));
    }

    public override void Complete() => _queue.Writer.TryComplete();

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var queued in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            using var activity = queued.Parent == default ? null : GrokForgeTelemetry.Source.StartActivity("consume", ActivityKind.Consumer, queued.Parent);
            using (RequestId.Use(queued.RequestId))
                await ConsumeAsync(queued.Message, cancellationToken);
        }
    }

    private async Task ConsumeAsync(TEvent message, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Asked for at the first event: a consumer may itself need the bus.
                await services.GetRequiredService<TConsumer>().ConsumeAsync(message, cancellationToken);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // The rim of the loop: one event that cannot be heard must not keep the others from being heard.
                if (attempt >= attempts)
                {
                    Log.Failed(logger, e, typeof(TConsumer).Name, typeof(TEvent).Name);
                    return;
                }
            }
            await Task.Delay(FirstPause * (1 << attempt), time, cancellationToken);
        }
    }

    private readonly record struct Queued(TEvent Message, ActivityContext Parent, string? RequestId);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Consumer} failed on {Event}, which is dropped.")]
        public static partial void Failed(ILogger logger, Exception exception, string consumer, string @event);
    }
}
