namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Everything the memory ledger knows, guarded by its one lock.</summary>
internal sealed class LedgerState
{
    private readonly Dictionary<string, PoolIndex> pools = new(StringComparer.Ordinal);
    private long picks = LedgerLimits.FirstPick;

    public LedgerState(LedgerRules rules, Random chance)
    {
        Rules = rules;
        Chance = chance;
        Penalties = new PenaltyQueue(Tokens);
        Resumes = new IndexedHeap(ResumePositions);
    }

    public LedgerRules Rules { get; }

    public Random Chance { get; }

    public LedgerConfig Config { get; private set; } =
        new(0, TimeSpan.Zero, PenaltyScope.Tier, OverflowOnQuota: true, OverflowOnSlots: true, TimeSpan.FromSeconds(60), FailThreshold: 0, []);

    public long PenaltyMs { get; private set; }

    public long AffinityMs { get; private set; }

    public LaneTable Lanes { get; } = new();

    public TokenTable Tokens { get; } = new();

    public LeaseTable Leases { get; } = new();

    public AffinityRing Affinities { get; } = new();

    public DirtyTokens Dirty { get; } = new();

    public PenaltyQueue Penalties { get; }

    /// <summary>Cells by the time of their refill or the end of their cool-down.</summary>
    public IndexedHeap Resumes { get; }

    /// <summary>Cells in the orders of a lane: fresh, penalised or parked.</summary>
    public HeapPositions Places { get; } = new();

    /// <summary>Cells among the waiting of their pool.</summary>
    public HeapPositions Waits { get; } = new();

    public HeapPositions ResumePositions { get; } = new();

    public PoolIndex? FindPool(string name) => pools.GetValueOrDefault(name);

    public PoolIndex Pool(string name)
    {
        if (!pools.TryGetValue(name, out var pool))
            pools[name] = pool = new PoolIndex(name, Places, Waits);
        return pool;
    }

    public int CapOf(in TokenRecord token) => token.MaxInflight < 0 ? Config.MaxInflight : token.MaxInflight;

    public bool IsPenalised(in TokenRecord token, long now) => PenaltyMs > 0 && Rules.IsPenalised(token.UsedAt, PenaltyMs, now);

    public long NextPick() => ++picks;

    /// <summary>Gives the token a place in the rotation of lanes new to it: anywhere before the first real pick.</summary>
    public void DrawPicks(int slot, int fromLane)
    {
        for (var lane = fromLane; lane < Lanes.Count; lane++)
            Tokens.Lanes[Tokens.Cell(slot, lane)].Pick = Chance.NextInt64(1, LedgerLimits.FirstPick);
    }

    public int AddToken(long id)
    {
        var slot = Tokens.Add(id);
        FitPositions();
        return slot;
    }

    /// <summary>The database must hear of it: raises the rev.</summary>
    public long Changed(int slot)
    {
        Dirty.Mark(slot);
        return ++Tokens.Tokens[slot].Rev;
    }

    /// <summary>Puts settings in force. Answers whether lanes came in, so that all orders were emptied and must be built again.</summary>
    public bool Apply(LedgerConfig config)
    {
        Config = config;
        PenaltyMs = (long)config.Penalty.TotalMilliseconds;
        AffinityMs = (long)config.AffinityTtl.TotalMilliseconds;
        var known = Lanes.Count;
        if (!Lanes.Learn(config.Lanes))
            return false;
        Tokens.Widen(Lanes.Count);
        for (var slot = 0; slot < Tokens.Used; slot++)
            DrawPicks(slot, known);
        Clear();
        return true;
    }

    private void Clear()
    {
        foreach (var pool in pools.Values)
            pool.Clear();
        for (var slot = 0; slot < Tokens.Used; slot++)
        {
            Tokens.Tokens[slot].Penalised = 0;
            Tokens.Tokens[slot].Parked = 0;
        }
        Resumes.Clear();
        FitPositions();
        Places.Clear();
        Waits.Clear();
        ResumePositions.Clear();
    }

    private void FitPositions()
    {
        Places.Resize(Tokens.Capacity);
        Waits.Resize(Tokens.Capacity);
        ResumePositions.Resize(Tokens.Capacity);
    }
}
