using GrokForge.TokenPool.Ledger;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>The order in which a token stands in a lane.</summary>
internal enum Standing { Out, Fresh, Penalised, Parked }

/// <summary>One mode of one token as the ledger really holds it.</summary>
/// <param name="Score">Where it stands in an order of a tier; else 0.</param>
/// <param name="Waits">Whether its pool counts it among the waiting.</param>
internal sealed record LaneDump(int Left, int Limit, int Epoch, long Pick, long ResumeAt, Standing Standing, double Score, bool Waits);

/// <summary>One token as the ledger really holds it.</summary>
internal sealed record TokenDump(
    long Id, string Pool, int Tier, int Cap, TokenState State, string Reason, int Generation, int Fails, int Inflight, long UsedAt, long Rev, IReadOnlyList<LaneDump> Lanes);

/// <summary>How many active tokens a pool counts, and per lane how many that have the mode.</summary>
internal sealed record PoolDump(string Pool, int Active, IReadOnlyList<int> Offering);

/// <summary>The inside of a ledger, for comparison.</summary>
internal sealed record LedgerDump(IReadOnlyList<TokenDump> Tokens, IReadOnlyList<PoolDump> Pools, int LiveLeases);

/// <summary>A ledger whose clock stands still until the walk moves it, and which can be looked into.</summary>
internal interface IModelWorld : IAsyncDisposable
{
    ILedger Ledger { get; }

    ValueTask SetTimeAsync(long unixMs);

    ValueTask<LedgerDump> InspectAsync(IReadOnlyList<long> ids, int lanes);
}

/// <summary>The ledger did something the reference would not have done.</summary>
public sealed class ModelMismatchException(string message) : Exception(message);
