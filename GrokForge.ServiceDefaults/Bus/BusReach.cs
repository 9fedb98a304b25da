namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Whether this process hears every event of the installation, so that a cache may trust in them.</summary>
public sealed class BusReach(bool everyone)
{
    private volatile bool _everyone = everyone;

    /// <summary>False where separate processes run without a broker, and while the broker is away or was lately.</summary>
    public bool Everyone
    {
        get => _everyone;
        internal set => _everyone = value;
    }

    /// <summary>How long a cache may live that events keep true: 30 s, or 5 s where events may have been missed.</summary>
    public TimeSpan CacheLifetime => _everyone ? CacheLifetimes.WithEvents : CacheLifetimes.Without;
}

/// <summary>The two lives of a cache.</summary>
internal static class CacheLifetimes
{
    public static readonly TimeSpan WithEvents = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan Without = TimeSpan.FromSeconds(5);
}
