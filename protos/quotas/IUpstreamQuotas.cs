namespace GrokForge.Contracts.Quotas;

/// <summary>Reads the upstream's own quota windows.</summary>
public interface IUpstreamQuotas
{
    Task<ReadQuotaReply> ReadAsync(ReadQuotaRequest request, CancellationToken cancellationToken);
}
