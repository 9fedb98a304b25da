namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Tokens whose figures the database has not seen: the changed ones, and those a write-behind has claimed and not yet confirmed.</summary>
internal sealed class DirtyTokens
{
    private SlotSet changed = new();
    private SlotSet claimed = new();

    public void Mark(int slot) => changed.Add(slot);

    public void Forget(int slot)
    {
        changed.Remove(slot);
        claimed.Remove(slot);
    }

    public void Confirm(int slot) => claimed.Remove(slot);

    /// <summary>Claims of a dead writer come first; only when they are done the changed ones are claimed.</summary>
    public ReadOnlySpan<int> Take(int limit)
    {
        if (claimed.Slots.Length == 0)
            (changed, claimed) = (claimed, changed);
        return claimed.Slots[..Math.Min(limit, claimed.Slots.Length)];
    }

    private sealed class SlotSet
    {
        private int[] slots = [];
        private int[] places = [];
        private int count;

        public ReadOnlySpan<int> Slots => slots.AsSpan(0, count);

        public void Add(int slot)
        {
            if (slot >= places.Length)
                Array.Resize(ref places, Math.Max(slot + 1, places.Length * 2));
            if (places[slot] != 0)
                return;
            if (count == slots.Length)
                Array.Resize(ref slots, Math.Max(16, count * 2));
            slots[count++] = slot;
            places[slot] = count;
        }

        public void Remove(int slot)
        {
            if (slot >= places.Length || places[slot] == 0)
                return;
            var last = slots[--count];
            slots[places[slot] - 1] = last;
            places[last] = places[slot];
            places[slot] = 0;
        }
    }
}
