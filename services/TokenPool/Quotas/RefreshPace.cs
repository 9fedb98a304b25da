using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.TokenPool.Quotas;

/// <summary>How fast quotas are read: how many tokens at once, how long a token rests, and how long none is asked about where the way upstream itself fails.</summary>
internal sealed class RefreshPace(CurrentSettings settings, TimeProvider time, Random chance)
{
    /// <summary>Failures in a row that say more of the way upstream than of tokens.</summary>
    private const int FailuresOfTheWay = 3;

    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private int _failures;
    private DateTimeOffset _pausedUntil;

    public TimeProvider Time => time;

    /// <summary>How long a token rests that was read.</summary>
    public TimeSpan Spacing => settings.Current.Token.RefreshSpacing;

    /// <summary>Whether anything is ever read.</summary>
    public bool IsOff => settings.Current.Token.RefreshConcurrency == 0;

    /// <summary>How long nobody is asked about, as the way upstream fails; zero: tokens may be read.</summary>
    public TimeSpan PauseLeft
    {
        get
        {
            lock (_gate)
                return _pausedUntil - time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Tokens that may be read at once now; 0: none.</summary>
    public int Most
    {
        get
        {
            var configured = settings.Current.Token.RefreshConcurrency;
            lock (_gate)
                return time.GetUtcNow() < _pausedUntil ? 0 : _failures >= FailuresOfTheWay ? Math.Min(1, configured) : configured;
        }
    }

    /// <param name="failures">Of this token in a row, this one included; 0: it was read.</param>
    /// <param name="asked">What the upstream asked for; zero: nothing.</param>
    public TimeSpan Rest(int failures, TimeSpan asked)
    {
        var longest = Spacing > LongestRest ? Spacing : LongestRest;
        var rest = Doubled(Spacing, failures, longest);
        return Jittered(asked > rest ? asked < TimeSpan.FromDays(1) ? asked : TimeSpan.FromDays(1) : rest);
    }

    /// <summary>The upstream answered, whatever it said.</summary>
    public void Answered()
    {
        lock (_gate)
            _failures = 0;
    }

    /// <summary>The upstream could not be asked: not the token's fault.</summary>
    public void Failed()
    {
        lock (_gate)
        {
            if (++_failures >= FailuresOfTheWay)
                _pausedUntil = time.GetUtcNow() + Jittered(Doubled(FirstPause, _failures - FailuresOfTheWay, LongestPause));
        }
    }

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest)
    {
        var seconds = first.TotalSeconds * Math.Pow(2, Math.Min(times, 30));
        return seconds < longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : longest;
    }

    /// <summary>Up to a fifth longer, so that tokens that were read together part.</summary>
    private TimeSpan Jittered(TimeSpan rest) => rest * (1 + chance.NextDouble() / 5);
}
