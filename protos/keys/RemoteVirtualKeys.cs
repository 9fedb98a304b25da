using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Keys;

/// <summary>Reaches the owner of <see cref="IVirtualKeys"/> over gRPC.</summary>
public sealed class RemoteVirtualKeys(VirtualKeys.VirtualKeysClient client) : IVirtualKeys
{
    public Task<ListKeysReply> ListAsync(ListKeysRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ListAsync, request, CallLimits.Admin, cancellationToken);

    public Task<VirtualKeyView> GetAsync(KeyRef request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.GetAsync, request, CallLimits.Admin, cancellationToken);

    public Task<CreatedKey> CreateAsync(CreateKeyRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.CreateAsync, request, CallLimits.Admin, cancellationToken);

    public Task<VirtualKeyView> UpdateAsync(UpdateKeyRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.UpdateAsync, request, CallLimits.Admin, cancellationToken);

    public Task<DeleteKeyReply> DeleteAsync(KeyRef request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.DeleteAsync, request, CallLimits.Admin, cancellationToken);

    public Task<CreatedKey> RegenerateAsync(KeyRef request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.RegenerateAsync, request, CallLimits.Admin, cancellationToken);

    public Task<KeyCounts> CountsAsync(KeyCountsRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.CountsAsync, request, CallLimits.Admin, cancellationToken);
}
