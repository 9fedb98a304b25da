namespace GrokForge.Gateway.Limits;

/// <summary>Counts the requests of virtual keys and lets them in, atomically. Two homes: this process's memory, and Redis for all replicas.</summary>
internal interface IKeyLimits
{
    /// <summary>Admits or refuses. A refused request counts for nothing.</summary>
    ValueTask<LimitVerdict> AdmitAsync(LimitWish wish, CancellationToken cancellationToken);

    /// <summary>Gives the unit of the day back that <paramref name="verdict"/> took, where its day still runs and its count is still kept.</summary>
    ValueTask RefundDayAsync(long keyId, LimitVerdict verdict, CancellationToken cancellationToken);
}

/// <summary>A request that wants in.</summary>
/// <param name="RateLimit">Requests in 60 whole seconds, the current one included; 0: no limit.</param>
/// <param name="DailyLimit">Requests of a UTC day; 0: no limit.</param>
/// <param name="CountsForDay">False for requests that only the minute counts.</param>
internal readonly record struct LimitWish(long KeyId, int RateLimit, int DailyLimit, bool CountsForDay)
{
    public bool HasLimit => RateLimit > 0 || (DailyLimit > 0 && CountsForDay);
}

/// <summary>Which limit refused.</summary>
internal enum LimitRefusal { None, Minute, Day }

/// <summary>How a request fared, with what the rate-limit headers say.</summary>
/// <param name="Limit">The limit the figures are about: the minute's where there is one, else the day's; the refusing one in a refusal. 0: none.</param>
/// <param name="Reset">When the whole limit is free again.</param>
/// <param name="RetryAfter">When the next request may come; zero where this one was admitted.</param>
/// <param name="CountedDay">The UTC day that was charged; -1: none.</param>
internal readonly record struct LimitVerdict(LimitRefusal Refusal, int Limit, int Remaining, TimeSpan Reset, TimeSpan RetryAfter, int CountedDay)
{
    /// <summary>Which count of the day was charged: 0 that of all replicas, else the numbered one of this process.</summary>
    public long Count { get; init; }

    public static LimitVerdict Unlimited { get; } = new(LimitRefusal.None, 0, 0, TimeSpan.Zero, TimeSpan.Zero, -1);
}
