using System.Buffers;
using System.IO.Pipelines;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb;

/// <summary>Writes the body in the pieces that the delivery asks for, and ends the connection where it says.</summary>
internal sealed class CutBody(PipeWriter body, Delivery delivery, TimeProvider time)
{
    private long written;
    private long lastCut;

    public long Written => written;

    /// <summary>True where the connection ends within the next bytes.</summary>
    public bool DropsWithin(long length) => delivery.DropAtByte is { } drop && drop < written + length;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (written == delivery.DropAtByte)
            {
                await FlushAsync(cancellationToken);
                throw new DroppedConnectionException();
            }

            if (bytes.IsEmpty)
            {
                return;
            }

            var cut = NextCut();
            var count = (int)Math.Min(bytes.Length, Math.Min(cut, delivery.DropAtByte ?? long.MaxValue) - written);
            body.Write(bytes.Span[..count]);
            written += count;
            bytes = bytes[count..];
            if (written == cut)
            {
                lastCut = written;
                await FlushAsync(cancellationToken);
                await PauseAsync(cancellationToken);
            }
        }
    }

    /// <summary>Sends what was written; throws where the client has left.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = await body.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        if (delivery.CutPause > TimeSpan.Zero)
        {
            await Task.Delay(delivery.CutPause, time, cancellationToken);
        }
    }

    private long NextCut()
    {
        if (delivery.CutSize > 0)
        {
            return lastCut + delivery.CutSize;
        }

        foreach (var offset in delivery.CutOffsets)
        {
            if (offset > written)
            {
                return offset;
            }
        }

        return long.MaxValue;
    }
}
