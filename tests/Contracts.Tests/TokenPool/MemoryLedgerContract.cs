using GrokForge.TokenPool.Ledger.Memory;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The promises, kept in memory.</summary>
public sealed class MemoryLedgerContract : LedgerContract
{
    private protected override ValueTask<ILedgerHome> OpenAsync() => ValueTask.FromResult<ILedgerHome>(new MemoryHome(LedgerRules.Exact));
}
