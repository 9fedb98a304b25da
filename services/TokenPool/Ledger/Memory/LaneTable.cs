namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>The modes and their lane numbers. Lane 0 is the empty scope; a mode once seen keeps its number.</summary>
internal sealed class LaneTable
{
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly List<LaneConfig> lanes = [new("", LedgerLimits.UntrackedCooldown, Tracked: false)];

    public int Count => lanes.Count;

    /// <summary>A bit per lane.</summary>
    public uint All => (1u << Count) - 1;

    public LaneConfig this[int lane] => lanes[lane];

    /// <summary>-1: unknown.</summary>
    public int Find(string mode) => numbers.GetValueOrDefault(mode, -1);

    public long WindowMs(int lane) => (long)lanes[lane].Window.TotalMilliseconds;

    public bool IsTracked(int lane) => lanes[lane].Tracked;

    public bool IsRefreshed(int lane) => lanes[lane] is { Tracked: true, Refreshed: true };

    /// <summary>Answers whether there were new modes. Whether a mode is tracked never changes.</summary>
    public bool Learn(IEnumerable<LaneConfig> configs)
    {
        var before = lanes.Count;
        foreach (var config in configs)
        {
            if (numbers.TryGetValue(config.Mode, out var lane))
            {
                lanes[lane] = config with { Tracked = lanes[lane].Tracked };
                continue;
            }
            if (lanes.Count > LedgerLimits.Lanes)
                throw new InvalidOperationException($"The ledger keeps at most {LedgerLimits.Lanes} modes; '{config.Mode}' is one too many.");
            numbers[config.Mode] = lanes.Count;
            lanes.Add(config);
        }
        return lanes.Count > before;
    }
}
