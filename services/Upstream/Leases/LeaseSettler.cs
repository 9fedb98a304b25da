using System.Threading.Channels;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;

namespace GrokForge.Upstream.Leases;

/// <summary>Settles leases off the request's path: a bounded queue, tried again until a lease has expired, drained at stop.</summary>
internal sealed partial class LeaseSettler(ITokenLeasing pool, StopSignal stop, TimeProvider time, ILogger<LeaseSettler> log) : IHostedService
{
    private const int Capacity = 65_536;
    private const int Workers = 16;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Channel<Pending> _queue = Channel.CreateBounded<Pending>(Capacity);
    private Task _running = Task.CompletedTask;

    /// <summary>Queues a settlement. Never blocks and never throws: where the queue is full or closed, expiry frees the slot.</summary>
    public void Settle(SettleRequest settlement, DateTimeOffset expiresAt)
    {
        if (!_queue.Writer.TryWrite(new Pending(settlement, expiresAt)))
            Log.NotQueued(log, settlement.LeaseId);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.Run(RunAsync, cancellationToken);
        return Task.CompletedTask;
    }

    /// <summary>Closes the queue and waits until all that is in it is settled, as long as the host lets it; a pool that is away gets five seconds.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        return _running.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => SettleQueuedAsync()));
        }
        catch (OperationCanceledException) when (stop.StoppingPlusFive.IsCancellationRequested)
        {
            Log.LeftUnsettled(log, _queue.Reader.Count);
        }
    }

    private async Task SettleQueuedAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (_queue.Reader.TryRead(out var pending))
                await SettleAsync(pending);
        }
    }

    private async ValueTask SettleAsync(Pending pending)
    {
        for (var pause = TimeSpan.FromMilliseconds(100); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                // Not cut off: on a busy machine the first calls of a process need more than the five seconds after which a pool that fails is given up.
                await pool.SettleAsync(pending.Settlement, CancellationToken.None);
                return;
            }
            catch (Exception e) when (time.GetUtcNow() + pause < pending.ExpiresAt)
            {
                Log.TryAgain(log, pending.Settlement.LeaseId, e);
            }
            catch (Exception e)
            {
                Log.GivenUp(log, pending.Settlement.LeaseId, pending.Settlement.Outcome, e);
                return;
            }

            await Task.Delay(pause * (0.75 + Random.Shared.NextDouble() / 2), time, stop.StoppingPlusFive);
        }
    }

    private readonly record struct Pending(SettleRequest Settlement, DateTimeOffset ExpiresAt);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Lease {LeaseId} could not be queued for settlement; it ends by expiry.")]
        public static partial void NotQueued(ILogger logger, string leaseId);

        [LoggerMessage(LogLevel.Debug, "Lease {LeaseId} could not be settled yet.")]
        public static partial void TryAgain(ILogger logger, string leaseId, Exception exception);

        [LoggerMessage(LogLevel.Warning, "Lease {LeaseId} was not settled as {Outcome}; it ends by expiry.")]
        public static partial void GivenUp(ILogger logger, string leaseId, LeaseOutcome outcome, Exception exception);

        [LoggerMessage(LogLevel.Warning, "The process stops with {Count} leases unsettled; they end by expiry.")]
        public static partial void LeftUnsettled(ILogger logger, int count);
    }
}
