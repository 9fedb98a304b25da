using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Tells from the totals of windows what kind of account a token is of. It only says so: nothing is moved by it.</summary>
internal static class TierInference
{
    /// <returns>Null where the totals are not those of a known kind; the lowest where they contradict one another.</returns>
    public static string? PoolOf(IReadOnlyDictionary<string, ObservedWindow> windows)
    {
        var lowest = int.MaxValue;
        foreach (var (mode, window) in windows)
            lowest = Math.Min(lowest, LevelOf(mode, window.Limit));
        return lowest < Pools.Web.Count ? Pools.Web[lowest] : null;
    }

    /// <summary>0 basic, 1 super, 2 heavy; else unknown.</summary>
    private static int LevelOf(string mode, int total) => (mode, total) switch
    {
        ("auto", 7 or 20) or ("fast", 30) => 0,
        ("auto", 50) or ("fast", 140) => 1,
        ("auto", 150) or ("fast", 400) or ("heavy", > 0) => 2,
        _ => int.MaxValue,
    };
}
