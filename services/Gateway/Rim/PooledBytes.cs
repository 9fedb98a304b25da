using System.Buffers;

namespace GrokForge.Gateway.Rim;

/// <summary>Bytes that grow in rented memory.</summary>
internal sealed class PooledBytes(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> more)
    {
        if (Length + more.Length > _bytes.Length)
            Grow(Length + more.Length);
        more.CopyTo(_bytes.AsSpan(Length));
        Length += more.Length;
    }

    public void Clear() => Length = 0;

    public void Dispose()
    {
        var bytes = Interlocked.Exchange(ref _bytes, []);
        Length = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
