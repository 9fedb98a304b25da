using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Quotas;

/// <summary>Reaches an upstream service over gRPC.</summary>
public sealed class RemoteUpstreamModels(UpstreamModels.UpstreamModelsClient client) : IUpstreamModels
{
    public Task<ListUpstreamModelsReply> ListAsync(ListUpstreamModelsRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ListAsync, request, CallLimits.Admin, cancellationToken);
}
