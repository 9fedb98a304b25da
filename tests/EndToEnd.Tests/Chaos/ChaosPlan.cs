using System.Globalization;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>
/// How long faults are made, and which: GROKFORGE_CHAOS_SECONDS (40) and GROKFORGE_CHAOS_SEED (drawn anew each time, and said). The same seed makes the same faults in the same order; what
/// they hit is the machine's own. TestDeadlineAttribute reads the seconds too.
/// </summary>
internal sealed record ChaosPlan(int Seed, TimeSpan Length)
{
    public static ChaosPlan Read() => new(Number("GROKFORGE_CHAOS_SEED", Random.Shared.Next(1, 1_000_000)), TimeSpan.FromSeconds(Number("GROKFORGE_CHAOS_SECONDS", 40)));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"GROKFORGE_CHAOS_SEED={Seed} GROKFORGE_CHAOS_SECONDS={Length.TotalSeconds}");

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
