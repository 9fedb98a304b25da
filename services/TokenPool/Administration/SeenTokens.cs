using System.Buffers.Binary;

namespace GrokForge.TokenPool.Administration;

/// <summary>Remembers which tokens a dry run has met, in bounded memory: a few bytes of each keyed fingerprint, of so many tokens as no pool holds.</summary>
/// <param name="most">Of a token met after so many others it is not told whether it comes again.</param>
internal sealed class SeenTokens(int most = 1 << 20)
{
    // Of 8 bytes, two of a million tokens share theirs once in 30 million files.
    private readonly HashSet<ulong> _seen = [];

    /// <returns>False where it was met before.</returns>
    public bool Add(ReadOnlySpan<byte> fingerprint)
    {
        var part = BinaryPrimitives.ReadUInt64LittleEndian(fingerprint);
        return _seen.Count < most ? _seen.Add(part) : !_seen.Contains(part);
    }
}
