using System.Collections.Concurrent;
using System.Threading.Channels;
using GrokForge.Contracts.Quotas;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Reads the windows that the ledger wants to be read, some tokens at a time; the ledger sees to it that no other replica reads the same token.</summary>
internal sealed class QuotaRefresher(ILedger ledger, WindowReader reader, RefreshEnding ending, RefreshPace pace, PoolWatch watch) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>What the reading of one token may take.</summary>
    public static readonly TimeSpan LongestReading = TimeSpan.FromSeconds(45);

    /// <summary>Longer than any reading, so that a claim lapses only with its process.</summary>
    private static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(60);

    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<RefreshClaim, TaskCompletionSource> _readings = new();
    private TaskCompletionSource _nextEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the next reading of this process has ended.</summary>
    public Task NextEnd => Volatile.Read(ref _nextEnd).Task;

    /// <summary>Looks at once instead of within a second.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_readings.Values.Select(r => r.Task));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, pace.Time);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        var wake = _wakes.Reader.ReadAsync(stoppingToken).AsTask();
        while (true)
        {
            await Task.WhenAny(tick, wake);
            stoppingToken.ThrowIfCancellationRequested();
            if (tick.IsCompleted)
                tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            if (wake.IsCompleted)
                wake = _wakes.Reader.ReadAsync(stoppingToken).AsTask();
            await watch.TryAsync(BeginAsync, stoppingToken);
        }

        async Task BeginAsync(CancellationToken cancellationToken)
        {
            if (pace.Most is not (> 0 and var most))
                return;
            foreach (var claim in await ledger.ClaimRefreshesAsync(most, ClaimLifetime, cancellationToken))
            {
                // Noted before it begins: it takes the note away itself.
                _readings[claim] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = RefreshAsync(claim, stoppingToken);
            }
        }
    }

    private async Task RefreshAsync(RefreshClaim claim, CancellationToken stoppingToken)
    {
        // Begun by the loop, which goes on meanwhile.
        await Task.Yield();
        await watch.TryAsync(async cancellationToken => await ending.EndAsync(claim, await ReadAsync(claim, cancellationToken), cancellationToken), stoppingToken);
        if (_readings.TryRemove(claim, out var reading))
            reading.SetResult();
        Interlocked.Exchange(ref _nextEnd, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        Wake();
    }

    private async Task<WindowReading> ReadAsync(RefreshClaim claim, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestReading, pace.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await reader.ReadAsync(claim, either.Token);
        }
        catch (Exception e) when (Outage.Is(e) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var why = e is OperationCanceledException ? $"told no windows within {LongestReading.TotalSeconds:0} s" : "was not asked: the token database does not answer";
            return new WindowReading(new Dictionary<string, ObservedWindow>(), new QuotaRefusal { Reason = QuotaRefusal.Types.Reason.Unavailable, Detail = why });
        }
    }
}
