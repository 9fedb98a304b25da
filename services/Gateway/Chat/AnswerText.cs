using System.Text;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>Keeps the beginning of an answer's text while it passes, so that its tokens can be counted at the end.</summary>
/// <param name="most">Bytes kept; what comes after them is only counted.</param>
internal sealed class AnswerText(int most) : IDisposable
{
    private const int FirstBytes = 4096;

    private PooledBytes? _kept;
    private bool _full;

    /// <summary>UTF-8 bytes that passed, kept or not.</summary>
    public long TotalBytes { get; private set; }

    public ReadOnlySpan<byte> Kept => _kept is null ? default : _kept.Span;

    /// <summary>Whether everything was kept.</summary>
    public bool IsWhole => !_full;

    /// <summary>Takes a piece of whole code points.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        TotalBytes += piece.Length;
        _full |= TotalBytes > most;
        if (_full)
            return;
        _kept ??= new PooledBytes(FirstBytes);
        _kept.Append(piece);
    }

    public void Clear()
    {
        _kept?.Clear();
        _full = false;
        TotalBytes = 0;
    }

    public override string ToString() => Encoding.UTF8.GetString(Kept);

    public void Dispose() => _kept?.Dispose();
}
