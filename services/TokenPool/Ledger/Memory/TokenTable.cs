namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>One token of the memory ledger.</summary>
internal struct TokenRecord
{
    public long Id;
    public PoolIndex Pool;
    public string Reason;
    public long UsedAt;
    public long Rev;
    public int Tier;
    public int Inflight;
    public int MaxInflight;
    public int Generation;
    public int Fails;

    /// <summary>Counts the tokens that this slot has held: a lease of an earlier one must not touch this one.</summary>
    public int Incarnation;

    public TokenState State;

    /// <summary>A bit per lane in which the token stands among the penalised.</summary>
    public uint Penalised;

    /// <summary>A bit per lane in which the token waits for a slot.</summary>
    public uint Parked;

    public int Older;
    public int Newer;
    public bool InPenaltyQueue;

    /// <summary>A bit per lane whose window is to be read upstream.</summary>
    public uint Wanted;

    public bool InRefreshQueue;

    /// <summary>Unix milliseconds before which nobody asks about the token again.</summary>
    public long RestUntil;

    /// <summary>Unix milliseconds until which somebody reads its windows; 0: nobody does.</summary>
    public long ClaimedUntil;

    public int RefreshFails;
}

/// <summary>One mode of one token.</summary>
internal struct LaneRecord
{
    public int Left;
    public int Limit;
    public int Epoch;
    public long Pick;

    /// <summary>Unix milliseconds of the refill or the end of the cool-down; 0: not waiting.</summary>
    public long ResumeAt;

    /// <summary>Unix milliseconds of the upstream's last word; 0: never.</summary>
    public long ObservedAt;
}

/// <summary>All tokens and their lanes in two tables. A cell is a lane of a token: slot × lanes + lane.</summary>
internal sealed class TokenTable
{
    private readonly Dictionary<long, int> slots = [];
    private readonly Stack<int> free = [];
    private int width = 4;

    public Chunks<TokenRecord> Tokens { get; } = new();

    public Chunks<LaneRecord> Lanes { get; private set; } = new();

    /// <summary>Slots ever used: those of the present tokens and the free ones.</summary>
    public int Used { get; private set; }

    public int Count => slots.Count;

    public IEnumerable<long> Ids => slots.Keys;

    public int Capacity => Lanes.Length;

    public int Cell(int slot, int lane) => (slot * width) + lane;

    public int SlotOf(int cell) => cell / width;

    /// <summary>-1: unknown.</summary>
    public int Find(long id) => slots.TryGetValue(id, out var slot) ? slot : -1;

    public bool IsUsed(int slot) => Tokens[slot].Pool is not null;

    public int Add(long id)
    {
        if (!free.TryPop(out var slot))
        {
            slot = Used++;
            Tokens.Grow(Math.Max(16, Used));
            Lanes.Grow(Tokens.Length * width);
        }
        Tokens[slot] = new TokenRecord { Id = id, Reason = "", Incarnation = Tokens[slot].Incarnation + 1, Older = -1, Newer = -1 };
        for (var lane = 0; lane < width; lane++)
            Lanes[Cell(slot, lane)] = default;
        slots[id] = slot;
        return slot;
    }

    public void Remove(int slot)
    {
        slots.Remove(Tokens[slot].Id);
        Tokens[slot] = new TokenRecord { Reason = "", Incarnation = Tokens[slot].Incarnation + 1 };
        free.Push(slot);
    }

    /// <summary>Makes room for more lanes. Cells move: every order must be built again.</summary>
    public void Widen(int lanes)
    {
        if (lanes <= width)
            return;
        var (before, old) = (Lanes, width);
        // No wider than needed: at 100,000 tokens each lane is some 6 MB.
        width = lanes;
        Lanes = new Chunks<LaneRecord>();
        Lanes.Grow(Tokens.Length * width);
        for (var slot = 0; slot < Used; slot++)
        {
            for (var lane = 0; lane < old; lane++)
                Lanes[Cell(slot, lane)] = before[(slot * old) + lane];
        }
    }
}
