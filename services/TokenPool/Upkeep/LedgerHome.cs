using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Where the ledger lives: in this process alone, or shared in Redis; and what follows from it.</summary>
internal sealed class LedgerHome(LedgerConfigs configs, TimeProvider time, bool shared)
{
    /// <summary>How long the loading replica waits, so that the others can write what they lent last.</summary>
    public static readonly TimeSpan GraceForOthers = TimeSpan.FromSeconds(2);

    /// <summary>Shared with other replicas, and can be lost without this process.</summary>
    public bool Shared => shared;

    /// <summary>Tokens per call: one call stops Redis, or holds the memory ledger's lock, that long.</summary>
    public int BatchSize => shared ? 50 : 500;

    public TimeProvider Time => time;

    public LedgerConfig Config => configs.Current;
}
