using System.Collections.Concurrent;
using GrokForge.Gateway.Keys;

namespace GrokForge.Gateway.Limits;

/// <summary>Limits of one process: all of an AllInOne, or a replica whose Redis is away.</summary>
internal sealed class MemoryKeyLimits(DailyUse dailyUse, TimeProvider time) : IKeyLimits
{
    private readonly ConcurrentDictionary<long, KeyWindow> _windows = new();

    public async ValueTask<LimitVerdict> AdmitAsync(LimitWish wish, CancellationToken cancellationToken)
    {
        if (!wish.HasLimit)
            return LimitVerdict.Unlimited;

        var window = _windows.GetOrAdd(wish.KeyId, static _ => new KeyWindow());
        while (true)
        {
            var now = time.GetUtcNow();
            if (window.TryAdmit(wish, now) is { } verdict)
                return verdict;

            var day = UtcDay.Of(now);
            window.Seed(day, await dailyUse.ReadAsync(wish.KeyId, day, cancellationToken));
        }
    }

    public ValueTask RefundDayAsync(long keyId, int day, CancellationToken cancellationToken)
    {
        if (_windows.TryGetValue(keyId, out var window))
            window.Refund(day);
        return ValueTask.CompletedTask;
    }
}
