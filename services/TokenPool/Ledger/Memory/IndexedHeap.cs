namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Where each item stands in its heap; -1: in none. Heaps that never hold the same item share one.</summary>
internal sealed class HeapPositions
{
    private readonly Chunks<int> at = new();

    public ref int this[int item] => ref at[item];

    public void Resize(int items)
    {
        var before = at.Length;
        at.Grow(items);
        at.Fill(before, -1);
    }

    public void Clear() => at.Fill(0, -1);
}

/// <summary>A 4-ary min-heap from which an item can also be removed, or given another key, in O(log n).</summary>
internal sealed class IndexedHeap(HeapPositions positions)
{
    private readonly Chunks<Entry> entries = new();

    public int Count { get; private set; }

    public int Head => entries[0].Item;

    public double HeadKey => entries[0].Key;

    /// <summary>The item at a place below <see cref="Count"/>: any of them, for a place drawn by lot.</summary>
    public int At(int place) => entries[place].Item;

    public double KeyOf(int item) => entries[positions[item]].Key;

    public bool Contains(int item) => positions[item] is var at && at >= 0 && at < Count && entries[at].Item == item;

    /// <summary>Adds the item, or moves it to where its new key belongs.</summary>
    public void Put(int item, double key)
    {
        var at = positions[item];
        if (at < 0)
        {
            entries.Grow(Count + 1);
            at = Count++;
        }
        Settle(at, new Entry(key, item));
    }

    public void Remove(int item)
    {
        var at = positions[item];
        positions[item] = -1;
        var last = entries[--Count];
        if (at != Count)
            Settle(at, last);
    }

    public void Clear() => Count = 0;

    private void Settle(int at, Entry entry)
    {
        while (at > 0)
        {
            var parent = (at - 1) >> 2;
            if (entries[parent].Key <= entry.Key)
                break;
            Write(at, entries[parent]);
            at = parent;
        }
        while (true)
        {
            var first = (at << 2) + 1;
            if (first >= Count)
                break;
            var least = first;
            var end = Math.Min(first + 4, Count);
            for (var child = first + 1; child < end; child++)
            {
                if (entries[child].Key < entries[least].Key)
                    least = child;
            }
            if (entries[least].Key >= entry.Key)
                break;
            Write(at, entries[least]);
            at = least;
        }
        Write(at, entry);
    }

    private void Write(int at, Entry entry)
    {
        entries[at] = entry;
        positions[entry.Item] = at;
    }

    private readonly record struct Entry(double Key, int Item);
}
