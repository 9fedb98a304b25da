using GrokForge.Contracts.Usage;
using Grpc.Core;

namespace GrokForge.Gateway.Usage;

/// <summary>The RPC door of <see cref="IUsageQueries"/>.</summary>
internal sealed class UsageQueriesRpc(IUsageQueries usage) : UsageQueries.UsageQueriesBase
{
    public override Task<ListUsageReply> List(ListUsageRequest request, ServerCallContext context) => usage.ListAsync(request, context.CancellationToken);
}
