using System.Threading.Channels;

namespace GrokForge.Gateway.Usage;

/// <summary>Takes the record of every finished request without making it wait; a writer empties it in the background.</summary>
internal sealed class UsageRecorder
{
    private const int Capacity = 100_000;

    private readonly Channel<UsageEntry> _entries;
    private long _dropped;

    public UsageRecorder() => _entries = Channel.CreateBounded<UsageEntry>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        _ => Interlocked.Increment(ref _dropped));

    /// <summary>Entries that were pushed out of the full queue since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public ChannelReader<UsageEntry> Entries => _entries.Reader;

    /// <summary>Queues one entry; when the queue is full the oldest one is dropped and counted.</summary>
    public void Record(UsageEntry entry) => _entries.Writer.TryWrite(entry);
}
