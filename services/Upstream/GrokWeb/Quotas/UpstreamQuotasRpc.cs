using GrokForge.Contracts.Quotas;
using Grpc.Core;

namespace GrokForge.Upstream.GrokWeb.Quotas;

/// <summary>The gRPC door of quota reading.</summary>
internal sealed class UpstreamQuotasRpc(IUpstreamQuotas quotas) : UpstreamQuotas.UpstreamQuotasBase
{
    public override Task<ReadQuotaReply> Read(ReadQuotaRequest request, ServerCallContext context) => quotas.ReadAsync(request, context.CancellationToken);
}
