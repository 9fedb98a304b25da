using System.Threading.Channels;

namespace GrokForge.Gateway.Usage;

/// <summary>Takes the record of every finished request without making it wait; a writer empties it in the background.</summary>
internal sealed class UsageRecorder
{
    private const int Capacity = 100_000;

    private readonly Channel<UsageEntry> _entries = Channel.CreateBounded<UsageEntry>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public ChannelReader<UsageEntry> Entries => _entries.Reader;

    public void Record(UsageEntry entry) => _entries.Writer.TryWrite(entry);
}
