using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Usage;

/// <summary>Reaches the owner of <see cref="IUsageQueries"/> over gRPC.</summary>
public sealed class RemoteUsageQueries(UsageQueries.UsageQueriesClient client) : IUsageQueries
{
    public Task<ListUsageReply> ListAsync(ListUsageRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ListAsync, request, CallLimits.Admin, cancellationToken);
}
