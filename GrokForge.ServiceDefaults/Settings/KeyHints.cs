namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Guesses which key a mistyped one was meant to be.</summary>
internal static class KeyHints
{
    /// <summary>The nearest key, or null where none is near.</summary>
    public static string? For(string key, IEnumerable<string> known)
    {
        var name = key[(key.LastIndexOf('.') + 1)..];
        var best = known
            .Select(k => (Key: k, Distance: k.EndsWith("." + name, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(key.ToLowerInvariant(), k)))
            .MinBy(c => c.Distance);
        return best.Key is not null && best.Distance <= Math.Max(2, key.Length / 4) ? best.Key : null;
    }

    /// <summary>Letters to be changed, added or left out to make one text the other.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
