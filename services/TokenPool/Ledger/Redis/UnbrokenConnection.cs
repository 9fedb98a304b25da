namespace GrokForge.TokenPool.Ledger.Redis;

/// <summary>
/// Whether the server is still the one whose ledger was found loaded: a connection that broke may have come back to another server, or to the same one started
/// again from an old copy, and nothing may be lent from that before it was looked at.
/// </summary>
internal sealed class UnbrokenConnection
{
    private int _breaks;
    private int _checked = -1;

    /// <summary>How often the connection has broken.</summary>
    public int Breaks => Volatile.Read(ref _breaks);

    /// <summary>The ledger was found loaded after so many breaks.</summary>
    public bool IsCheckedAt(int breaks) => Volatile.Read(ref _checked) == breaks;

    public void Broke() => Interlocked.Increment(ref _breaks);

    /// <param name="breaks">As they were before the ledger was looked at.</param>
    public void Checked(int breaks) => Volatile.Write(ref _checked, breaks);
}
