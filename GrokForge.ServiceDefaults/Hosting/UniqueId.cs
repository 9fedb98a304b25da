using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GrokForge.ServiceDefaults.Hosting;

/// <summary>
/// Ids that no other process and no other moment makes: 64 bits drawn once per process, then a count. A random id costs a system call each, on a request's path several times.
/// Not for what nobody may guess.
/// </summary>
public static class UniqueId
{
    private static readonly ulong Process = BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private static ulong _count;

    /// <summary>One after another in the order they were made, so that an index over them grows at its end.</summary>
    public static Guid New() => Of(Process, Interlocked.Increment(ref _count));

    /// <summary>32 hexadecimal digits that do not show how many there were before. The first half differs from one to the next as if drawn: the ledger in Redis draws by it.</summary>
    public static string NewText() => Of(Scattered(Process + Interlocked.Increment(ref _count)), Process).ToString("N");

    private static Guid Of(ulong first, ulong last)
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[sizeof(ulong)..], last);
        return new Guid(bytes, bigEndian: true);
    }

    // The end of SplitMix64: each number has one of its own, so none comes twice.
    private static ulong Scattered(ulong number)
    {
        number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
        number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
        return number ^ (number >> 31);
    }
}
