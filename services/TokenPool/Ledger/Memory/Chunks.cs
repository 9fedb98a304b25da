using System.Numerics;

namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>A table that grows by whole pieces: what it holds stays where it is, and no old array, half as large as the new one, is left to the collector.</summary>
internal sealed class Chunks<T>
{
    private const int Shift = 12;
    private const int Size = 1 << Shift;

    // The first one begins small.
    private T[][] chunks = [[]];

    public int Length { get; private set; }

    public ref T this[int at] => ref chunks[at >> Shift][at & (Size - 1)];

    /// <summary>Makes room for at least so many entries.</summary>
    public void Grow(int length)
    {
        if (length <= Length)
            return;
        if (chunks[0].Length < Size)
            Array.Resize(ref chunks[0], (int)Math.Min(Size, BitOperations.RoundUpToPowerOf2((uint)length)));
        var before = chunks.Length;
        var pieces = (length + Size - 1) >> Shift;
        if (pieces > before)
        {
            Array.Resize(ref chunks, pieces);
            for (var i = before; i < pieces; i++)
                chunks[i] = new T[Size];
        }
        Length = chunks.Length == 1 ? chunks[0].Length : chunks.Length << Shift;
    }

    public void Fill(int from, T value)
    {
        for (var at = from; at < Length;)
        {
            var rest = chunks[at >> Shift].AsSpan(at & (Size - 1));
            rest.Fill(value);
            at += rest.Length;
        }
    }
}
