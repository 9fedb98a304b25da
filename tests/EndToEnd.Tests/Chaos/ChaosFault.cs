using System.Globalization;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>One fault that was made.</summary>
/// <param name="Deed">killed or paused.</param>
/// <param name="Victims">Who it hit, such as tokenpool-0, together.</param>
/// <param name="Began">Just before it was made.</param>
internal sealed record ChaosFault(string Deed, IReadOnlyList<string> Victims, DateTimeOffset Began)
{
    // Half a second between the tries of a channel, and up to a fifth more.
    private static readonly TimeSpan LongestReconnectPause = TimeSpan.FromSeconds(0.6);

    /// <summary>When the last victim was surely dead, or ran again.</summary>
    public DateTimeOffset Struck { get; set; }

    /// <summary>When everything served again.</summary>
    public DateTimeOffset Healed { get; set; }

    public bool IsKill => Deed == "killed";

    /// <summary>Whether requests have to do with a victim: events may wait.</summary>
    public bool IsOnTheWay => Victims.Any(v => v != "rabbitmq");

    public bool Hit(string service) => Victims.Any(v => v.StartsWith(service, StringComparison.Ordinal));

    /// <summary>Whether the call was in the air when this happened.</summary>
    public bool Met(ChaosCall call) => call.Begun <= Struck && call.Ended >= Began;

    /// <summary>Whether the call was in the air before everything served again.</summary>
    public bool Shadowed(ChaosCall call) => call.Begun <= Healed && call.Ended >= Began;

    /// <summary>Whether the call was refused because its gateway still paused between two tries to connect, as no upstream had been there for it.</summary>
    public bool LeavesUnreached(ChaosCall call) =>
        IsKill && Victims.Count(v => v.StartsWith("upstream", StringComparison.Ordinal)) == 2 && call.End == ChaosEnd.Refused && call.Words.StartsWith("503 service_unavailable", StringComparison.Ordinal)
            && call.Begun >= Began && call.Begun <= Healed + LongestReconnectPause;

    /// <summary>
    /// Whether the call may have left a lease behind that nothing tells of: who held it, lent it or kept it died, or was away for so long that another was asked, or that
    /// the call was given up. A call that came and was answered while someone else was paused has no such excuse; nor has one that another gateway carried, or none at all.
    /// </summary>
    public bool MayLeaveLeaseOf(ChaosCall call) =>
        IsOnTheWay && Met(call) && !call.WasTurnedAway && IsOnTheWayOf(call) && (IsKill || Hit("tokenpool") || call.End != ChaosEnd.Answered || call.Begun <= Began || call.Ended >= Struck);

    // Leases are asked for by upstreams, and given up by gateways alone where those carry the call.
    private bool IsOnTheWayOf(ChaosCall call) => Victims.Any(v => v.StartsWith("gateway", StringComparison.Ordinal)
        ? v == string.Create(CultureInfo.InvariantCulture, $"gateway-{call.Gateway}")
        : v != "rabbitmq");

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Began:HH:mm:ss.fff} {Deed} {string.Join(" and ", Victims)} (struck after {(Struck - Began).TotalSeconds:F2} s, healed after {(Healed - Began).TotalSeconds:F1} s)");
}
