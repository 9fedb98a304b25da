using GrokForge.Gateway.Keys;

namespace GrokForge.Gateway.Limits;

/// <summary>One key's counters in memory: the last 60 seconds, second by second, and the current UTC day.</summary>
internal sealed class KeyWindow
{
    private const int Seconds = 60;
    private readonly Lock _gate = new();
    private readonly long[] _second = new long[Seconds];
    private readonly int[] _count = new int[Seconds];
    private int _day = -1;
    private long _usedToday;
    private long _dayCount;

    /// <summary>Null where the day's count must be seeded first.</summary>
    /// <param name="dayCount">The number of the count of days in force; one of another number is seeded anew.</param>
    public LimitVerdict? TryAdmit(LimitWish wish, DateTimeOffset now, long dayCount)
    {
        var countsForDay = wish.CountsForDay && wish.DailyLimit > 0;
        var day = UtcDay.Of(now);
        lock (_gate)
        {
            if (countsForDay)
            {
                // A clock that was set back stays in the day that was counted last.
                if (_day < day || _dayCount != dayCount)
                    return null;
                if (_usedToday >= wish.DailyLimit)
                    return Refused(LimitRefusal.Day, wish.DailyLimit, UtcDay.EndOf(now) - now, UtcDay.EndOf(now) - now);
            }

            var second = now.ToUnixTimeSeconds();
            var used = wish.RateLimit > 0 ? UsedInWindow(second) : 0;
            if (wish.RateLimit > 0 && used >= wish.RateLimit)
                return Refused(LimitRefusal.Minute, wish.RateLimit, Until(Newest(second), now), Until(FirstToFree(second, used - wish.RateLimit + 1), now));

            if (wish.RateLimit > 0)
                Count(second);
            if (countsForDay)
                _usedToday++;
            return Admitted(wish, now, used, countsForDay ? _day : -1) with { Count = _dayCount };
        }
    }

    /// <summary>Starts a day's count with what the database knows of it; a day that runs already is left alone.</summary>
    public void Seed(int day, long used, long dayCount)
    {
        lock (_gate)
        {
            if (_dayCount > dayCount || (_dayCount == dayCount && _day >= day))
                return;

            _dayCount = dayCount;
            _day = day;
            _usedToday = used;
        }
    }

    public void Refund(LimitVerdict verdict)
    {
        lock (_gate)
        {
            if (_day == verdict.CountedDay && _dayCount == verdict.Count && _usedToday > 0)
                _usedToday--;
        }
    }

    private LimitVerdict Admitted(LimitWish wish, DateTimeOffset now, int usedBefore, int day) => wish.RateLimit > 0
        ? new LimitVerdict(LimitRefusal.None, wish.RateLimit, wish.RateLimit - usedBefore - 1, Until(now.ToUnixTimeSeconds(), now), TimeSpan.Zero, day)
        : new LimitVerdict(LimitRefusal.None, wish.DailyLimit, (int)Math.Max(0, wish.DailyLimit - _usedToday), UtcDay.EndOf(now) - now, TimeSpan.Zero, day);

    private static LimitVerdict Refused(LimitRefusal refusal, int limit, TimeSpan reset, TimeSpan retryAfter) =>
        new(refusal, limit, 0, reset, retryAfter, -1);

    private int UsedInWindow(long second)
    {
        var used = 0;
        for (var i = 0; i < Seconds; i++)
        {
            if (_second[i] > second - Seconds)
                used += _count[i];
        }

        return used;
    }

    private void Count(long second)
    {
        var slot = (int)(second % Seconds);
        if (_second[slot] != second)
            (_second[slot], _count[slot]) = (second, 0);
        _count[slot]++;
    }

    private long Newest(long second)
    {
        var newest = second - Seconds;
        for (var i = 0; i < Seconds; i++)
            newest = Math.Max(newest, _second[i]);
        return newest;
    }

    /// <summary>The second whose leaving frees at least <paramref name="wanted"/> requests.</summary>
    private long FirstToFree(long second, int wanted)
    {
        for (var s = second - Seconds + 1; s <= second; s++)
        {
            var slot = (int)(s % Seconds);
            if (_second[slot] == s && (wanted -= _count[slot]) <= 0)
                return s;
        }

        return second;
    }

    private static TimeSpan Until(long second, DateTimeOffset now) => DateTimeOffset.FromUnixTimeSeconds(second + Seconds) - now;
}
