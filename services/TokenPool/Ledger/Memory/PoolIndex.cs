namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>One pool: how many of its tokens are active, and its orders per lane.</summary>
internal sealed class PoolIndex(string name, HeapPositions places, HeapPositions waits)
{
    private PoolLane[] lanes = [];

    public string Name => name;

    public int Active { get; set; }

    public PoolLane Lane(int lane)
    {
        if (lane >= lanes.Length)
        {
            var before = lanes.Length;
            Array.Resize(ref lanes, lane + 1);
            for (var i = before; i <= lane; i++)
                lanes[i] = new PoolLane(places, waits);
        }
        return lanes[lane];
    }

    public void Clear()
    {
        foreach (var lane in lanes)
            lane.Clear();
        Active = 0;
    }
}

/// <summary>One lane of one pool: the orders of its tiers, the tokens at their cap and those waiting for a refill.</summary>
internal sealed class PoolLane(HeapPositions places, HeapPositions waits)
{
    private readonly Dictionary<int, TierSets> known = [];
    private readonly List<TierSets> tiers = [];

    /// <summary>Highest tier first; empty ones may stand among them until a search prunes them.</summary>
    public IReadOnlyList<TierSets> Tiers => tiers;

    /// <summary>Tokens at their cap that have units, those with most units first.</summary>
    public IndexedHeap Parked { get; } = new(places);

    /// <summary>Active tokens by the time of their refill.</summary>
    public IndexedHeap Waiting { get; } = new(waits);

    /// <summary>Active tokens that have this mode, with units or without.</summary>
    public int Offering { get; set; }

    public TierSets Tier(int tier)
    {
        if (!known.TryGetValue(tier, out var sets))
            known[tier] = sets = new TierSets(tier, places);
        return sets;
    }

    public void List(TierSets sets)
    {
        if (sets.Listed)
            return;
        var at = 0;
        while (at < tiers.Count && tiers[at].Tier > sets.Tier)
            at++;
        tiers.Insert(at, sets);
        sets.Listed = true;
    }

    public void Prune(int at)
    {
        tiers[at].Listed = false;
        tiers.RemoveAt(at);
    }

    public void Clear()
    {
        foreach (var sets in known.Values)
        {
            sets.Fresh.Clear();
            sets.Penalised.Clear();
            sets.Listed = false;
        }
        tiers.Clear();
        Parked.Clear();
        Waiting.Clear();
        Offering = 0;
    }
}

/// <summary>The two orders of one priority tier in one lane: tokens not used recently, and those that were.</summary>
internal sealed class TierSets(int tier, HeapPositions places)
{
    private double fresh;
    private double penalised;

    public int Tier => tier;

    public IndexedHeap Fresh { get; } = new(places);

    public IndexedHeap Penalised { get; } = new(places);

    public bool Listed { get; set; }

    /// <summary>How far an order has come that draws by weight: the score it lent last.</summary>
    public ref double Reached(Place place)
    {
        if (place is Place.Penalised)
            return ref penalised;
        return ref fresh;
    }

    public bool IsEmpty => Fresh.Count == 0 && Penalised.Count == 0;
}
