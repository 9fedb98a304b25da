using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>A piece of an answer's text.</summary>
/// <param name="Citation">What it cites, where it is a citation: such a piece is told whole.</param>
internal readonly record struct TextPiece(ReadOnlyMemory<byte> Text, Citation? Citation = null);

/// <summary>Lets a text pass up to the first stop sequence, holding back what may be the beginning of one.</summary>
internal sealed class StopFilter(StopSequences sequences)
{
    private readonly StopMatcher _matcher = new(sequences);
    private readonly Queue<TextPiece> _held = new();
    private readonly List<TextPiece> _free = [];
    private int _heldBytes;

    /// <summary>Whether a stop sequence was found: nothing passes any more.</summary>
    public bool HasStopped { get; private set; }

    /// <returns>What may be told now; valid until the next call.</returns>
    public IReadOnlyList<TextPiece> Take(TextPiece piece)
    {
        _free.Clear();
        if (HasStopped)
            return _free;
        var stop = _matcher.Find(piece.Text.Span);
        var before = _heldBytes;
        _held.Enqueue(piece);
        _heldBytes += piece.Text.Length;
        if (stop is { } at)
        {
            HasStopped = true;
            Free(before + at, cutsCitations: true);
            _held.Clear();
        }
        else
        {
            Free(_heldBytes - _matcher.Held, cutsCitations: false);
        }

        return _free;
    }

    /// <summary>The text is over, or goes on after something else.</summary>
    /// <returns>What was held back; valid until the next call.</returns>
    public IReadOnlyList<TextPiece> Release()
    {
        _free.Clear();
        if (!HasStopped)
            Free(_heldBytes, cutsCitations: false);
        _matcher.Forget();
        return _free;
    }

    /// <summary>The upstream starts over.</summary>
    public void Clear()
    {
        _held.Clear();
        _heldBytes = 0;
        HasStopped = false;
        _matcher.Forget();
    }

    private void Free(int bytes, bool cutsCitations)
    {
        while (bytes > 0)
        {
            var piece = _held.Peek();
            if (piece.Text.Length > bytes && piece.Citation is not null && !cutsCitations)
                return;
            _held.Dequeue();
            if (piece.Text.Length > bytes)
            {
                _free.Add(new TextPiece(piece.Text[..bytes]));
                Rehold(piece with { Text = piece.Text[bytes..] });
                _heldBytes -= bytes;
                return;
            }

            _free.Add(piece);
            _heldBytes -= piece.Text.Length;
            bytes -= piece.Text.Length;
        }
    }

    /// <summary>Puts the rest of a piece back to the front.</summary>
    private void Rehold(TextPiece rest)
    {
        var others = _held.Count;
        _held.Enqueue(rest);
        for (; others > 0; others--)
            _held.Enqueue(_held.Dequeue());
    }
}
