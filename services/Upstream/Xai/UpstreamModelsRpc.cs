using GrokForge.Contracts.Quotas;
using Grpc.Core;

namespace GrokForge.Upstream.Xai;

/// <summary>The gRPC door of upstream model lists.</summary>
internal sealed class UpstreamModelsRpc(IUpstreamModels models) : UpstreamModels.UpstreamModelsBase
{
    public override Task<ListUpstreamModelsReply> List(ListUpstreamModelsRequest request, ServerCallContext context) => models.ListAsync(request, context.CancellationToken);
}
