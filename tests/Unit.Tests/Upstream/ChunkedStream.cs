namespace GrokForge.Unit.Tests.Upstream;

/// <summary>Hands bytes out in chunks that end where they are told to, one per read, as a network does.</summary>
internal sealed class ChunkedStream(byte[] bytes, IReadOnlyList<int> cuts, Exception? end = null) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => bytes.Length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        if (_position == bytes.Length && end is not null)
            throw end;

        var next = Math.Min(cuts.Where(cut => cut > _position).DefaultIfEmpty(bytes.Length).Min(), bytes.Length);
        var count = Math.Min(buffer.Length, next - _position);
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
