using System.Text;
using Microsoft.ML.Tokenizers;

namespace GrokForge.Gateway.Chat;

/// <summary>Cuts an answer at a number of estimated tokens. Counts only what lies behind the last word boundary again, so that the time is linear in the text.</summary>
/// <param name="tokenizer">Null: a token is four characters.</param>
internal sealed class LengthLimit(int most, Tokenizer? tokenizer)
{
    private string _tail = "";
    private int _settled;

    /// <summary>Whether the answer has come to its end.</summary>
    public bool IsReached { get; private set; }

    /// <summary>Counts a piece without cutting it, such as a part of a tool call.</summary>
    public void Count(string piece)
    {
        if (Fit(piece) < piece.Length)
            IsReached = true;
    }

    /// <returns>How many bytes of the piece, whole code points, may still be told.</returns>
    public int Fit(ReadOnlySpan<byte> piece)
    {
        if (IsReached)
            return 0;
        var text = Encoding.UTF8.GetString(piece);
        var fits = Fit(text);
        return fits == text.Length ? piece.Length : Encoding.UTF8.GetByteCount(text.AsSpan(0, fits));
    }

    private int Fit(string piece)
    {
        if (IsReached)
            return 0;
        var text = _tail + piece;
        // A token is at least one byte.
        if (text.Length <= TokenEstimate.Window && _settled + Encoding.UTF8.GetByteCount(text) <= most)
        {
            _tail = text;
            return piece.Length;
        }

        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var window = rest[..TokenEstimate.WindowOf(rest)];
            var counted = TokenEstimate.Count(tokenizer, window);
            if (_settled + counted > most)
                return Cut(text.Length - rest.Length + Within(window, most - _settled));
            if (window.Length == rest.Length)
                break;
            _settled += (int)counted;
            rest = rest[window.Length..];
        }

        SettleTo(rest);
        return piece.Length;
    }

    /// <summary>Counts once and for all what lies before the last word.</summary>
    private void SettleTo(ReadOnlySpan<char> rest)
    {
        var word = rest.LastIndexOf(' ');
        if (word > 0)
        {
            _settled += (int)TokenEstimate.Count(tokenizer, rest[..word]);
            rest = rest[word..];
        }

        _tail = rest.ToString();
    }

    private int Cut(int at)
    {
        IsReached = true;
        var fits = Math.Max(0, at - _tail.Length);
        _tail = "";
        return fits;
    }

    /// <returns>Characters of the text that make up at most so many tokens.</returns>
    private int Within(ReadOnlySpan<char> text, int tokens)
    {
        if (tokens <= 0)
            return 0;
        var end = tokenizer is null
            ? Math.Min(text.Length, tokens * TokenEstimate.CharactersPerToken)
            : tokenizer.GetIndexByTokenCount(text, tokens, out _, out _);
        return end > 0 && end < text.Length && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;
    }
}
