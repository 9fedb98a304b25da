using System.Collections.Concurrent;
using GrokForge.Gateway.Keys;

namespace GrokForge.Gateway.Limits;

/// <summary>Limits of one process: all of an AllInOne, or a replica whose Redis is away.</summary>
internal sealed class MemoryKeyLimits(DailyUse dailyUse, TimeProvider time) : IKeyLimits
{
    private readonly ConcurrentDictionary<long, KeyWindow> _windows = new();
    private long _dayCount = 1;

    /// <summary>Begins the counts of days anew from the database: others have counted since the last of them began.</summary>
    public void BeginDaysAnew() => Interlocked.Increment(ref _dayCount);

    public async ValueTask<LimitVerdict> AdmitAsync(LimitWish wish, CancellationToken cancellationToken)
    {
        if (!wish.HasLimit)
            return LimitVerdict.Unlimited;

        var window = _windows.GetOrAdd(wish.KeyId, static _ => new KeyWindow());
        while (true)
        {
            var now = time.GetUtcNow();
            var dayCount = Interlocked.Read(ref _dayCount);
            if (window.TryAdmit(wish, now, dayCount) is { } verdict)
                return verdict;

            var day = UtcDay.Of(now);
            window.Seed(day, await dailyUse.ReadAsync(wish.KeyId, day, cancellationToken), dayCount);
        }
    }

    public ValueTask RefundDayAsync(long keyId, LimitVerdict verdict, CancellationToken cancellationToken)
    {
        if (_windows.TryGetValue(keyId, out var window))
            window.Refund(verdict);
        return ValueTask.CompletedTask;
    }
}
