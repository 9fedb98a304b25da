using System.Buffers;
using System.Text;

namespace GrokForge.Gateway.Chat;

/// <summary>The stop sequences of one request, made ready for matching (Knuth, Morris and Pratt).</summary>
internal sealed class StopSequences
{
    public StopSequences(IEnumerable<string> sequences)
    {
        Patterns = [.. sequences.Distinct(StringComparer.Ordinal).Select(s => new Pattern(Encoding.UTF8.GetBytes(s)))];
        Firsts = SearchValues.Create([.. Patterns.Select(p => p.Bytes[0]).Distinct()]);
    }

    public Pattern[] Patterns { get; }

    /// <summary>The bytes that any of them begins with.</summary>
    public SearchValues<byte> Firsts { get; }

    /// <summary>One sequence.</summary>
    internal sealed class Pattern
    {
        private readonly int[] _fallbacks;

        public Pattern(byte[] bytes)
        {
            Bytes = bytes;
            _fallbacks = new int[bytes.Length];
            for (int i = 1, matched = 0; i < bytes.Length; i++)
                _fallbacks[i] = matched = Next(matched, bytes[i]);
        }

        public byte[] Bytes { get; }

        /// <returns>How many of its bytes are matched after one more.</returns>
        public int Next(int matched, byte next)
        {
            while (matched > 0 && Bytes[matched] != next)
                matched = _fallbacks[matched - 1];
            return Bytes[matched] == next ? matched + 1 : 0;
        }
    }
}

/// <summary>Looks for stop sequences in a text that comes in pieces, with the same result for every split.</summary>
internal sealed class StopMatcher(StopSequences sequences)
{
    private readonly int[] _matched = new int[sequences.Patterns.Length];

    /// <summary>Bytes at the end of the text that may be the beginning of a stop sequence.</summary>
    public int Held { get; private set; }

    /// <returns>Where the first complete sequence begins, counted from the beginning of the piece and negative where it began before; null: there is none.</returns>
    public int? Find(ReadOnlySpan<byte> piece)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            if (Held == 0)
            {
                var plain = piece[i..].IndexOfAny(sequences.Firsts);
                if (plain < 0)
                    return null;
                i += plain;
            }

            if (Take(piece[i]) is { } length)
                return i + 1 - length;
        }

        return null;
    }

    /// <summary>The text goes on after something that is no text.</summary>
    public void Forget()
    {
        Array.Clear(_matched);
        Held = 0;
    }

    /// <returns>The length of the longest sequence that this byte completes.</returns>
    private int? Take(byte next)
    {
        int? complete = null;
        Held = 0;
        for (var p = 0; p < _matched.Length; p++)
        {
            var pattern = sequences.Patterns[p];
            var matched = _matched[p] = pattern.Next(_matched[p], next);
            if (matched == pattern.Bytes.Length)
                complete = Math.Max(complete ?? 0, matched);
            Held = Math.Max(Held, matched);
        }

        return complete;
    }
}
