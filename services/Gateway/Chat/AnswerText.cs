using System.Text;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>Keeps the beginning of an answer's text while it passes, so that its tokens can be counted at the end.</summary>
/// <param name="most">Bytes of words kept; what comes after them is only counted.</param>
internal sealed class AnswerText(int most) : IDisposable
{
    private const int FirstBytes = 4096;

    // Words and pictures together.
    private const int MostKept = 64 * 1024 * 1024;

    private readonly List<Range> _uncounted = [];
    private PooledBytes? _kept;
    private bool _full;

    /// <summary>UTF-8 bytes of words that passed, kept or not.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Bytes of words among the kept ones.</summary>
    public int CountedBytes => Kept.Length - _uncounted.Sum(range => range.End.Value - range.Start.Value);

    public ReadOnlySpan<byte> Kept => _kept is null ? default : _kept.Span;

    /// <summary>Whether everything was kept.</summary>
    public bool IsWhole => !_full;

    /// <summary>Takes a piece of whole code points.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        TotalBytes += piece.Length;
        _full |= TotalBytes > most;
        Keep(piece);
    }

    /// <summary>Takes a piece that stands in the answer but has no words, such as a picture.</summary>
    public void AppendUncounted(ReadOnlySpan<byte> piece)
    {
        var start = Kept.Length;
        _full |= (long)start + piece.Length > MostKept;
        Keep(piece);
        if (!_full)
            _uncounted.Add(start..Kept.Length);
    }

    public void Clear()
    {
        _kept?.Clear();
        _uncounted.Clear();
        _full = false;
        TotalBytes = 0;
    }

    /// <summary>The words that were kept.</summary>
    public override string ToString()
    {
        if (_uncounted.Count == 0)
            return Encoding.UTF8.GetString(Kept);
        var words = new StringBuilder();
        var from = 0;
        foreach (var range in _uncounted)
        {
            words.Append(Encoding.UTF8.GetString(Kept[from..range.Start.Value]));
            from = range.End.Value;
        }
        return words.Append(Encoding.UTF8.GetString(Kept[from..])).ToString();
    }

    public void Dispose() => _kept?.Dispose();

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (_full)
            return;
        _kept ??= new PooledBytes(FirstBytes);
        _kept.Append(piece);
    }
}
