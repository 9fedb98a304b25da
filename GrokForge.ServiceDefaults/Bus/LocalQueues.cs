using Microsoft.Extensions.Hosting;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Runs the queues of the process's consumers; at the end they get two seconds for what waits.</summary>
internal sealed class LocalQueues(IEnumerable<LocalQueue> queues, TimeProvider time) : IHostedService, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly LocalQueue[] _queues = [.. queues];
    private readonly CancellationTokenSource _stopping = new(Timeout.InfiniteTimeSpan, time);
    private Task _running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_queues.Select(queue => Task.Run(() => queue.RunAsync(_stopping.Token), CancellationToken.None)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in _queues)
            queue.Complete();
        _stopping.CancelAfter(Patience);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();
}
