using System.Collections.Concurrent;

namespace GrokForge.Simulator.GrokWeb.Quota;

/// <summary>The kind of account, which decides the size of its windows.</summary>
public enum Tier
{
    Basic,
    Super,
    Heavy,
}

/// <summary>What a window looks like at one moment.</summary>
/// <param name="Wait">Until the window refills; null unless it is used up.</param>
public sealed record QuotaReading(int Remaining, int Total, TimeSpan Window, TimeSpan? Wait);

/// <summary>The quota windows per token and mode: they fall as chat requests are served and refill when their time has passed.</summary>
public sealed class QuotaWindows
{
    private static readonly Dictionary<string, (TimeSpan Window, int Basic, int Super, int Heavy)> Modes = new(StringComparer.Ordinal)
    {
        ["auto"] = (TimeSpan.FromHours(2), 7, 50, 150),
        ["fast"] = (TimeSpan.FromHours(24), 30, 140, 400),
        ["expert"] = (TimeSpan.FromHours(2), 2, 50, 150),
        ["heavy"] = (TimeSpan.FromHours(2), 0, 0, 20),
        ["grok-420-computer-use-sa"] = (TimeSpan.FromHours(2), 0, 50, 150),
    };

    private readonly ConcurrentDictionary<string, Tier> tiers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Token, string Mode), QuotaWindow> windows = [];
    private readonly Func<string, Tier> tierOf;
    private readonly TimeProvider time;

    internal QuotaWindows(TimeProvider time, Func<string, Tier> tierOf) => (this.time, this.tierOf) = (time, tierOf);

    /// <summary>False serves chat requests of used-up windows too. Default true: they get 429.</summary>
    public bool Enforced { get; set; } = true;

    /// <summary>True for the modes that have windows.</summary>
    public static bool Knows(string mode) => Modes.ContainsKey(mode);

    /// <summary>Says what kind of account a token is; its windows start afresh.</summary>
    public void SetTier(string token, Tier tier)
    {
        tiers[token] = tier;
        foreach (var key in windows.Keys.Where(key => key.Token == token))
        {
            windows.TryRemove(key, out _);
        }
    }

    /// <summary>Gives a token's mode a window of its own, full.</summary>
    public void SetWindow(string token, string mode, int total, TimeSpan window) => windows[(token, mode)] = new(total, window, time);

    /// <summary>Sets what is left of a token's mode; the window starts now unless it is running.</summary>
    public void SetRemaining(string token, string mode, int remaining) => For(token, mode)?.SetRemaining(remaining);

    /// <summary>What is left of a token's mode, or null for an unknown mode.</summary>
    public QuotaReading? Read(string token, string mode) => For(token, mode)?.Read();

    /// <summary>Takes a unit for a chat request; false means that the request must be refused.</summary>
    /// <param name="taken">True where a unit was taken, which may be given back.</param>
    internal bool TryTake(string token, string mode, out bool taken)
    {
        var window = For(token, mode);
        taken = window?.TryTake() ?? false;
        return taken || window is null || !Enforced;
    }

    internal void GiveBack(string token, string mode) => For(token, mode)?.GiveBack();

    internal void Clear()
    {
        windows.Clear();
        tiers.Clear();
        Enforced = true;
    }

    private QuotaWindow? For(string token, string mode)
    {
        if (windows.TryGetValue((token, mode), out var window))
        {
            return window;
        }

        if (!Modes.TryGetValue(mode, out var totals))
        {
            return null;
        }

        var tier = tiers.TryGetValue(token, out var set) ? set : tierOf(token);
        var total = tier switch { Tier.Heavy => totals.Heavy, Tier.Super => totals.Super, _ => totals.Basic };
        return windows.GetOrAdd((token, mode), _ => new(total, totals.Window, time));
    }
}

/// <summary>One window: starts with the first unit taken, refills whole when its length has passed.</summary>
internal sealed class QuotaWindow(int total, TimeSpan length, TimeProvider time)
{
    private readonly Lock gate = new();
    private int used;
    private DateTimeOffset? refillsAt;

    public bool TryTake()
    {
        lock (gate)
        {
            Refill();
            if (used == total)
            {
                return false;
            }

            used++;
            refillsAt ??= time.GetUtcNow() + length;
            return true;
        }
    }

    public void GiveBack()
    {
        lock (gate)
        {
            Refill();
            used = Math.Max(0, used - 1);
        }
    }

    public void SetRemaining(int remaining)
    {
        lock (gate)
        {
            Refill();
            used = total - Math.Clamp(remaining, 0, total);
            refillsAt ??= time.GetUtcNow() + length;
        }
    }

    public QuotaReading Read()
    {
        lock (gate)
        {
            Refill();
            return new(total - used, total, length, used == total && refillsAt is { } at ? at - time.GetUtcNow() : null);
        }
    }

    private void Refill()
    {
        if (refillsAt <= time.GetUtcNow())
        {
            (used, refillsAt) = (0, null);
        }
    }
}
