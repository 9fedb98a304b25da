namespace GrokForge.TokenPool.Ledger;

/// <summary>The constants both ledgers share.</summary>
internal static class LedgerLimits
{
    /// <summary>Modes beside the empty scope: one bit each in a mask of 31.</summary>
    public const int Lanes = 30;

    /// <summary>More units would not fit into a score.</summary>
    public const int Units = 1 << 20;

    /// <summary>New tokens get a random pick number below this, so that lanes do not walk in step; real picks count from here.</summary>
    public const long FirstPick = 1 << 20;

    /// <summary>Index entries that one search may put right.</summary>
    public const int Fixes = 16;

    /// <summary>Tokens with too few units that one order may show a search before it gives that order up; the second half of them is drawn by lot.</summary>
    public const int Passes = 16;

    /// <summary>What a share is at least taken for.</summary>
    public const double LeastWeight = 1e-6;

    /// <summary>Beyond what a draw by weight can be: a larger score was given by another algorithm.</summary>
    public const double LongestDraw = 4e7;

    /// <summary>Signals of conversations that a process remembers at once; those that came first make room.</summary>
    public const int Affinities = 65_536;

    /// <summary>Due timers that a borrow or a settlement works off.</summary>
    public const int TimersPerCall = 8;

    public const int TimersPerSweep = 64;

    /// <summary>Tokens of a pool that have run out, at which one look for stale windows looks.</summary>
    public const int StaleLooks = 16;

    /// <summary>How long a borrow id is remembered.</summary>
    public static readonly TimeSpan RepeatWindow = TimeSpan.FromSeconds(60);

    /// <summary>How long after its expiry a lease can still be settled.</summary>
    public static readonly TimeSpan LateWindow = TimeSpan.FromMinutes(10);

    /// <summary>How long a 429 without a time rests a token for requests of the empty scope.</summary>
    public static readonly TimeSpan UntrackedCooldown = TimeSpan.FromSeconds(60);
}
