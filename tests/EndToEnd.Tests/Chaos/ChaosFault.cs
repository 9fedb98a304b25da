using System.Globalization;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>One fault that was made.</summary>
/// <param name="Deed">killed or paused.</param>
/// <param name="Victims">Who it hit, such as tokenpool-0, together.</param>
/// <param name="Began">Just before it was made.</param>
internal sealed record ChaosFault(string Deed, IReadOnlyList<string> Victims, DateTimeOffset Began)
{
    /// <summary>When the last victim was surely dead, or ran again.</summary>
    public DateTimeOffset Struck { get; set; }

    /// <summary>When everything served again.</summary>
    public DateTimeOffset Healed { get; set; }

    public bool IsKill => Deed == "killed";

    public bool Hit(string service) => Victims.Any(v => v.StartsWith(service, StringComparison.Ordinal));

    /// <summary>Whether the call was in the air when this happened.</summary>
    public bool Met(ChaosCall call) => call.Begun <= Struck && call.Ended >= Began;

    /// <summary>Whether the call was in the air before everything served again.</summary>
    public bool Shadowed(ChaosCall call) => call.Begun <= Healed && call.Ended >= Began;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Began:HH:mm:ss.fff} {Deed} {string.Join(" and ", Victims)} (struck after {(Struck - Began).TotalSeconds:F2} s, healed after {(Healed - Began).TotalSeconds:F1} s)");
}
