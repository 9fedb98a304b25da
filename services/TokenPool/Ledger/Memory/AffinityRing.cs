using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Which token conversations were lent last, by a hash of their signals. When all places are taken the one that came first makes room, however lately it went on: it then begins anew.</summary>
internal sealed class AffinityRing
{
    private readonly Dictionary<UInt128, int> places = [];
    private Entry[] entries = [];
    private int next;

    public static UInt128 HashOf(string signal)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(signal.AsSpan()), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    /// <summary>The slot and the incarnation of the token; -1: nothing is known, or no longer.</summary>
    public (int Slot, int Incarnation) Find(UInt128 signal, long now) =>
        places.TryGetValue(signal, out var place) && now < entries[place].Until ? (entries[place].Slot, entries[place].Incarnation) : (-1, 0);

    public void Keep(UInt128 signal, int slot, int incarnation, long until)
    {
        if (!places.TryGetValue(signal, out var place))
        {
            place = NextPlace();
            places[signal] = place;
        }
        entries[place] = new Entry(signal, slot, incarnation, until);
    }

    private int NextPlace()
    {
        if (next == LedgerLimits.Affinities)
            next = 0;
        if (next == entries.Length)
            Array.Resize(ref entries, Math.Min(LedgerLimits.Affinities, Math.Max(16, entries.Length * 2)));
        else if (places.Count >= entries.Length)
            places.Remove(entries[next].Signal);
        return next++;
    }

    private readonly record struct Entry(UInt128 Signal, int Slot, int Incarnation, long Until);
}
