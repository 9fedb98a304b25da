using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>The tokens of a load: what the ledger gave each at first, and what it says was spent.</summary>
internal sealed class ChaosTokens
{
    private readonly Home _home;
    private readonly Dictionary<long, string> _texts = [];
    private readonly Dictionary<(string Token, string Mode), int> _first = [];

    private ChaosTokens(Home home) => _home = home;

    public IReadOnlyCollection<string> Texts => _texts.Values;

    /// <summary>Imports tokens with the largest windows: none may run out, since the upstream's word would then set the count right.</summary>
    public static async Task<ChaosTokens> ImportAsync(Home home, int count)
    {
        var tokens = new ChaosTokens(home);
        for (var i = 0; i < count; i++)
        {
            var text = (await home.ImportTokensAsync(1, "heavy", "demo-heavy"))[0];
            var row = (await tokens.RowsAsync()).Single(r => !tokens._texts.ContainsKey(r.GetProperty("id").GetInt64()));
            tokens._texts[row.GetProperty("id").GetInt64()] = text;
        }
        foreach (var (key, left) in await tokens.LeftAsync())
            tokens._first[key] = left;
        return tokens;
    }

    /// <summary>Units spent by token and mode.</summary>
    public async Task<Dictionary<(string Token, string Mode), int>> SpentAsync() => (await LeftAsync()).ToDictionary(l => l.Key, l => _first[l.Key] - l.Value);

    private async Task<Dictionary<(string Token, string Mode), int>> LeftAsync()
    {
        Dictionary<(string Token, string Mode), int> left = [];
        foreach (var row in await RowsAsync())
        {
            foreach (var mode in ChaosLoad.Modes)
                left[(_texts[row.GetProperty("id").GetInt64()], mode)] = row.GetProperty("quotas").GetProperty(mode).GetInt32();
        }
        return left;
    }

    private async Task<IReadOnlyList<JsonElement>> RowsAsync() =>
        [.. (await _home.AdminAsync(HttpMethod.Get, "admin/tokens?page_size=100")).GetProperty("data").EnumerateArray()];
}
