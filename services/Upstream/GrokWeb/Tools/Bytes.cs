using System.Buffers;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>UTF-8 text that grows at its end and is given up from its end or as a whole.</summary>
/// <param name="isPooled">Whether its memory is borrowed, and given back with <see cref="Release"/>.</param>
internal sealed class Bytes(bool isPooled = false)
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public byte this[int index] => _bytes[index];

    public void Add(byte b)
    {
        Reserve(1);
        _bytes[Length++] = b;
    }

    public void Add(ReadOnlySpan<byte> more)
    {
        Reserve(more.Length);
        more.CopyTo(_bytes.AsSpan(Length));
        Length += more.Length;
    }

    public void Clear() => Length = 0;

    /// <summary>Forgets all, and gives borrowed memory back.</summary>
    public void Release()
    {
        Length = 0;
        if (!isPooled || _bytes.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    /// <summary>Forgets the first <paramref name="count"/> bytes.</summary>
    public void DropFirst(int count)
    {
        _bytes.AsSpan(count, Length - count).CopyTo(_bytes);
        Length -= count;
    }

    /// <summary>Keeps only the first <paramref name="count"/> bytes.</summary>
    public void Cut(int count) => Length = count;

    public byte[] Take()
    {
        var taken = Span.ToArray();
        Length = 0;
        return taken;
    }

    private void Reserve(int more)
    {
        if (Length + more <= _bytes.Length)
            return;
        var wanted = Math.Max(Math.Max(64, Length + more), _bytes.Length * 2);
        var grown = isPooled ? ArrayPool<byte>.Shared.Rent(wanted) : new byte[wanted];
        Span.CopyTo(grown);
        if (isPooled && _bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}
