using Google.Protobuf;
using GrokForge.ServiceDefaults.Health;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Leasing;

/// <summary>Finds the secret of a token that the ledger has just lent, and takes the grant back where there is none.</summary>
internal sealed class LentSecrets(ILedger ledger, TokenSecrets secrets, StopSignal stop)
{
    /// <returns>Null where the token was deleted; its lease is given back and the ledger forgets it.</returns>
    /// <remarks>Not cut by the caller's deadline: a caller whose reply is late asks again by the same borrow id and then holds this very lease.</remarks>
    public async ValueTask<ByteString?> FindAsync(BorrowResult result)
    {
        var kept = false;
        try
        {
            var secret = await secrets.FindAsync(result.TokenId, stop.StoppingPlusFive);
            kept = secret is not null;
            if (!kept)
                await ledger.RemoveAsync([result.TokenId], stop.StoppingPlusFive);
            return secret;
        }
        finally
        {
            // Also when the database is away; a caller that has asked again meanwhile, here or elsewhere, keeps what it was told.
            if (!kept)
                await ledger.WithdrawAsync(result, stop.StoppingPlusFive);
        }
    }
}
