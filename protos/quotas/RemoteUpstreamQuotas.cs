using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Quotas;

/// <summary>Reaches the owner of <see cref="IUpstreamQuotas"/> over gRPC.</summary>
public sealed class RemoteUpstreamQuotas(UpstreamQuotas.UpstreamQuotasClient client) : IUpstreamQuotas
{
    public Task<ReadQuotaReply> ReadAsync(ReadQuotaRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ReadAsync, request, CallLimits.Admin, cancellationToken);
}
