namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>UTF-8 text that grows at its end and is given up from its end or as a whole.</summary>
internal sealed class Bytes
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
        if (Length + more > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(Math.Max(64, Length + more), _bytes.Length * 2));
    }
}
