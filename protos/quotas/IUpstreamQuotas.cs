namespace GrokForge.Contracts.Quotas;

/// <summary>Reads the upstream's own quota windows.</summary>
public interface IUpstreamQuotas
{
    /// <summary>One window of one token, or why it was not read.</summary>
    Task<ReadQuotaReply> ReadAsync(ReadQuotaRequest request, CancellationToken cancellationToken);
}
