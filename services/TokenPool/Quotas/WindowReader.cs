using GrokForge.Contracts.Quotas;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using Grpc.Core;
using Reason = GrokForge.Contracts.Quotas.QuotaRefusal.Types.Reason;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Reads the claimed windows of one token upstream, one after the other, until it is refused.</summary>
internal sealed class WindowReader(IUpstreamQuotas upstream, TokenSecrets secrets)
{
    public async Task<WindowReading> ReadAsync(RefreshClaim claim, CancellationToken cancellationToken)
    {
        var observed = new Dictionary<string, ObservedWindow>(StringComparer.Ordinal);
        // The token was deleted: nothing is left to be read.
        if (await secrets.FindAsync(claim.TokenId, cancellationToken) is not { } secret)
            return new WindowReading(observed, null);
        foreach (var window in claim.Windows)
        {
            var reply = await AskAsync(new ReadQuotaRequest { ProtectedSecret = secret, Pool = claim.Pool, Mode = window.Mode }, cancellationToken);
            if (reply.Refusal is { Reason: not Reason.Unsupported } refusal)
                return new WindowReading(observed, refusal);
            if (reply.Window is { } read)
                observed[window.Mode] = new ObservedWindow(read.Remaining, read.Limit, TimeSpan.FromSeconds(read.WaitSeconds > 0 ? read.WaitSeconds : read.WindowSeconds));
        }
        return new WindowReading(observed, null);
    }

    private async Task<ReadQuotaReply> AskAsync(ReadQuotaRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await upstream.ReadAsync(request, cancellationToken);
        }
        catch (RpcException e)
        {
            return new ReadQuotaReply { Refusal = new QuotaRefusal { Reason = Reason.Unavailable, Detail = $"was not asked: its service answers {e.StatusCode}" } };
        }
    }
}

/// <summary>What was read of one token.</summary>
/// <param name="Refusal">Why no more was read; null: everything was.</param>
internal sealed record WindowReading(IReadOnlyDictionary<string, ObservedWindow> Observed, QuotaRefusal? Refusal);
