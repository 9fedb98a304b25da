using System.Collections.Concurrent;
using System.Globalization;
using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.HotState;
using StackExchange.Redis;

namespace GrokForge.Gateway.Limits;

/// <summary>Limits that hold over all replicas, in Redis. While Redis is away each replica counts for itself: requests go on, and a limit may be passed by the number of replicas.</summary>
internal sealed partial class SharedKeyLimits(
    RedisConnection redis, MemoryKeyLimits ownLimits, DailyUse dailyUse, TimeProvider time, ILogger<SharedKeyLimits> logger) : IKeyLimits
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);
    private static readonly RedisScript AdmitScript = Script("admit.lua");
    private static readonly RedisScript RefundScript = Script("refund.lua");
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<long, int> _countedHere = new();
    private long _awayUntil;
    private int _away;

    /// <summary>Whether this replica counts for itself at the moment.</summary>
    public bool IsAway => Volatile.Read(ref _away) == 1;

    public async ValueTask<LimitVerdict> AdmitAsync(LimitWish wish, CancellationToken cancellationToken)
    {
        if (!wish.HasLimit)
            return LimitVerdict.Unlimited;

        if (!MayTry())
            return await AdmitHereAsync(wish, cancellationToken);

        try
        {
            var verdict = (_countedHere.ContainsKey(wish.KeyId) ? null : await RunAsync(wish, "", cancellationToken)) ?? await SeededAsync(wish, cancellationToken);
            Returned();
            return verdict;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            Failed(e);
            return await AdmitHereAsync(wish, cancellationToken);
        }
    }

    public async ValueTask RefundDayAsync(long keyId, LimitVerdict verdict, CancellationToken cancellationToken)
    {
        // A unit goes back to where it was taken from, never to both.
        if (verdict.Count != 0)
        {
            await ownLimits.RefundDayAsync(keyId, verdict, cancellationToken);
            return;
        }
        if (!MayTry())
            return;

        try
        {
            await RefundScript.RunAsync(redis.Database, [KeyOf(keyId)], [verdict.CountedDay]).WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            Failed(e);
        }
    }

    private async Task<LimitVerdict> SeededAsync(LimitWish wish, CancellationToken cancellationToken)
    {
        var used = await dailyUse.ReadAsync(wish.KeyId, UtcDay.Of(time.GetUtcNow()), cancellationToken);
        var verdict = await RunAsync(wish, used.ToString(CultureInfo.InvariantCulture), cancellationToken)
            ?? throw new TimeoutException("Redis asked for a day's count that it was given.");
        if (wish is { CountsForDay: true, DailyLimit: > 0 })
            _countedHere.TryRemove(wish.KeyId, out _);
        return verdict;
    }

    // What is counted here Redis does not know: its day goes on from the database when it is back.
    private ValueTask<LimitVerdict> AdmitHereAsync(LimitWish wish, CancellationToken cancellationToken)
    {
        if (wish is { CountsForDay: true, DailyLimit: > 0 })
            _countedHere.TryAdd(wish.KeyId, 0);
        return ownLimits.AdmitAsync(wish, cancellationToken);
    }

    private async Task<LimitVerdict?> RunAsync(LimitWish wish, string usedToday, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [wish.RateLimit, wish.DailyLimit, wish.CountsForDay ? 1 : 0, usedToday, ClockOffset()];
        await redis.OpenAsync().WaitAsync(Patience, time, cancellationToken);
        var answer = (long[])(await AdmitScript.RunAsync(redis.Database, [KeyOf(wish.KeyId)], arguments)
            .WaitAsync(Patience, time, cancellationToken))!;
        var (reset, retry, day) = (TimeSpan.FromMilliseconds(answer[2]), TimeSpan.FromMilliseconds(answer[3]), (int)answer[4]);
        return answer[0] switch
        {
            0 => new LimitVerdict(LimitRefusal.None, wish.RateLimit > 0 ? wish.RateLimit : wish.DailyLimit, (int)answer[1], reset, TimeSpan.Zero, day),
            1 => new LimitVerdict(LimitRefusal.Minute, wish.RateLimit, 0, reset, retry, -1),
            2 => new LimitVerdict(LimitRefusal.Day, wish.DailyLimit, 0, reset, retry, -1),
            _ => null,
        };
    }

    // Scripts count on the clock of Redis, which all replicas share; only a clock under test is moved against it.
    private long ClockOffset() =>
        ReferenceEquals(time, TimeProvider.System) ? 0 : (long)(time.GetUtcNow() - TimeProvider.System.GetUtcNow()).TotalMilliseconds;

    // While Redis is away one request a second tries it; the others do not wait for the answer.
    private bool MayTry()
    {
        if (!IsAway)
            return true;

        var until = Volatile.Read(ref _awayUntil);
        return time.GetTimestamp() >= until && Interlocked.CompareExchange(ref _awayUntil, NextTry(), until) == until;
    }

    private long NextTry() => time.GetTimestamp() + (long)(PauseAfterFailure.TotalSeconds * time.TimestampFrequency);

    private void Failed(Exception e)
    {
        Volatile.Write(ref _awayUntil, NextTry());
        lock (_gate)
        {
            if (IsAway)
                return;

            // The other replicas have counted since this one last did for itself.
            ownLimits.BeginDaysAnew();
            Volatile.Write(ref _away, 1);
        }

        Log.Away(logger, e);
    }

    private void Returned()
    {
        if (IsAway && Interlocked.Exchange(ref _away, 0) == 1)
            Log.Back(logger);
    }

    private static RedisKey KeyOf(long keyId) => $"{{gf}}:limit:{keyId}";

    private static RedisScript Script(string name)
    {
        using var stream = typeof(SharedKeyLimits).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not embedded.");
        using var reader = new StreamReader(stream);
        return new RedisScript(reader.ReadToEnd());
    }

    private static partial class Log
    {
        [LoggerMessage(4201, LogLevel.Error, "Redis is away: until it is back every gateway replica counts rate and daily limits for itself.")]
        public static partial void Away(ILogger logger, Exception exception);

        [LoggerMessage(4202, LogLevel.Information, "Redis is back: limits hold over all gateway replicas again.")]
        public static partial void Back(ILogger logger);
    }
}
