namespace GrokForge.Contracts.Calls;

/// <summary>How long an internal call may take, and how large a message may be.</summary>
public static class CallLimits
{
    public static readonly TimeSpan Borrow = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Admin = TimeSpan.FromSeconds(15);

    /// <summary>The upstream is waited for.</summary>
    public static readonly TimeSpan Probe = TimeSpan.FromSeconds(45);

    /// <summary>Bytes in one chat message.</summary>
    public const int ChatMessageBytes = 32 * 1024 * 1024;

    /// <summary>Bytes in any other message.</summary>
    public const int MessageBytes = 4 * 1024 * 1024;
}
