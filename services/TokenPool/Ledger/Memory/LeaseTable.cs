using System.Globalization;

namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>One lease of the memory ledger.</summary>
internal struct LeaseRecord
{
    /// <summary>Slot of the token; valid only while the incarnation is still the token's.</summary>
    public int Token;
    public int Incarnation;
    public int Lane;
    public int Epoch;
    public int Units;
    public int Generation;
    public uint Serial;

    /// <summary>Milliseconds of the steady clock, as <see cref="DueAt"/>: a step of the wall clock neither ends nor prolongs a lease.</summary>
    public long GrantedAt;
    public long Ttl;
    public long DueAt;
    public string BorrowId;
    public string Pool;
    public LeasePhase Phase;

    /// <summary>Its borrow id was answered more than once.</summary>
    public bool Repeated;
    public int Older;
    public int Newer;
}

/// <summary>Where a lease is in its life.</summary>
internal enum LeasePhase : byte { Free, Live, Expired }

/// <summary>Leases in pooled slots: the living by expiry and by borrow id, the expired for as long as a late settlement counts.</summary>
internal sealed class LeaseTable
{
    private readonly Dictionary<string, int> byBorrowId = new(StringComparer.Ordinal);
    private readonly HeapPositions positions = new();
    private readonly IndexedHeap expiries;
    private readonly Stack<int> free = [];
    private readonly uint firstSerial = (uint)Random.Shared.Next(1, int.MaxValue);
    private LeaseRecord[] leases = [];
    private int used;
    private int oldestExpired = -1;
    private int newestExpired = -1;

    public LeaseTable() => expiries = new IndexedHeap(positions);

    public int Live => expiries.Count;

    public ref LeaseRecord this[int lease] => ref leases[lease];

    /// <summary>The serial makes an id of an earlier lease in the same slot, or of an earlier run, unknown.</summary>
    public long IdOf(int lease) => ((long)leases[lease].Serial << 32) | (uint)lease;

    public static string Format(long id) => id.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>0, which no lease has, where the text is no id.</summary>
    public static long Parse(string id) => long.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>-1: unknown or settled.</summary>
    public int Find(long id)
    {
        var lease = (int)(uint)id;
        return (uint)lease < (uint)used && leases[lease].Phase != LeasePhase.Free && leases[lease].Serial == (uint)(id >> 32) ? lease : -1;
    }

    /// <summary>The living lease that this borrow id got not longer ago than it is remembered; -1: none.</summary>
    public int FindRepeat(string borrowId, long now) =>
        borrowId.Length > 0 && byBorrowId.TryGetValue(borrowId, out var lease) && now < leases[lease].GrantedAt + (long)LedgerLimits.RepeatWindow.TotalMilliseconds ? lease : -1;

    public int Add(in LeaseRecord record)
    {
        if (!free.TryPop(out var lease))
        {
            if (used == leases.Length)
                Grow(Math.Max(16, used * 2));
            lease = used++;
        }
        var serial = leases[lease].Serial + 1;
        leases[lease] = record with { Serial = serial, Phase = LeasePhase.Live };
        expiries.Put(lease, record.DueAt);
        if (record.BorrowId.Length > 0)
            byBorrowId[record.BorrowId] = lease;
        return lease;
    }

    public void Renew(int lease, long dueAt)
    {
        leases[lease].DueAt = dueAt;
        expiries.Put(lease, dueAt);
    }

    /// <summary>The living lease that is due, nearest first; -1: none.</summary>
    public int NextDue(long now) => expiries.Count > 0 && expiries.HeadKey <= now ? expiries.Head : -1;

    /// <summary>The living leases that are due.</summary>
    public IEnumerable<int> AllDue(long now)
    {
        for (var place = 0; expiries.Count > 0 && expiries.HeadKey <= now && place < expiries.Count; place++)
        {
            if (leases[expiries.At(place)].DueAt <= now)
                yield return expiries.At(place);
        }
    }

    public void Expire(int lease)
    {
        Unlist(lease);
        ref var record = ref leases[lease];
        record.Phase = LeasePhase.Expired;
        record.Older = newestExpired;
        record.Newer = -1;
        if (newestExpired >= 0)
            leases[newestExpired].Newer = lease;
        else
            oldestExpired = lease;
        newestExpired = lease;
    }

    /// <summary>Ends the lease for good; its id is unknown from now on.</summary>
    public void End(int lease)
    {
        if (leases[lease].Phase is LeasePhase.Live)
            Unlist(lease);
        else
            Unlink(lease);
        leases[lease] = new LeaseRecord { Serial = leases[lease].Serial };
        free.Push(lease);
    }

    /// <summary>Forgets leases that expired longer ago than a late settlement counts.</summary>
    public void ForgetExpired(long now)
    {
        while (oldestExpired >= 0 && now - leases[oldestExpired].DueAt > (long)LedgerLimits.LateWindow.TotalMilliseconds)
            End(oldestExpired);
    }

    private void Unlist(int lease)
    {
        expiries.Remove(lease);
        var borrowId = leases[lease].BorrowId;
        if (borrowId.Length > 0 && byBorrowId.TryGetValue(borrowId, out var latest) && latest == lease)
            byBorrowId.Remove(borrowId);
    }

    private void Unlink(int lease)
    {
        ref var record = ref leases[lease];
        if (record.Older >= 0)
            leases[record.Older].Newer = record.Newer;
        else
            oldestExpired = record.Newer;
        if (record.Newer >= 0)
            leases[record.Newer].Older = record.Older;
        else
            newestExpired = record.Older;
    }

    private void Grow(int capacity)
    {
        var before = leases.Length;
        Array.Resize(ref leases, capacity);
        positions.Resize(capacity);
        for (var lease = before; lease < capacity; lease++)
            leases[lease].Serial = firstSerial;
    }
}
