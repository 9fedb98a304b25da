namespace GrokForge.CfRefresh.Clearance;

/// <summary>What is known of one egress: its clearance, and how solving went. Instants are Unix milliseconds; 0: never.</summary>
internal sealed record ClearanceRow
{
    /// <summary>Characters that are kept of an error.</summary>
    public const int ErrorLimit = 300;

    /// <summary>As <see cref="ServiceDefaults.Egresses.EgressName"/> names it.</summary>
    public required string Egress { get; init; }

    /// <summary>The address that was solved for.</summary>
    public string Site { get; init; } = "";

    /// <summary>Tries to solve so far, of all replicas. Whoever wishes for a try names the number it saw: another one means that the wish was fulfilled.</summary>
    public long Attempts { get; init; }

    /// <summary>The try that brought the clearance; 0: there is none.</summary>
    public long Version { get; init; }

    /// <summary>The cookies as a header has them, encrypted.</summary>
    public byte[] Cookies { get; init; } = [];

    public string UserAgent { get; init; } = "";

    public string Browser { get; init; } = "";

    public long SolvedAt { get; init; }

    public long FailedAt { get; init; }

    /// <summary>Why the latest of the failed tries did; empty: none has.</summary>
    public string Error { get; init; } = "";

    /// <summary>Failed tries since the last clearance.</summary>
    public int Failures { get; init; }

    /// <summary>Whether there is a clearance for this address.</summary>
    public bool IsFor(string site) => Version > 0 && Site == site;
}
