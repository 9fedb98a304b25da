namespace GrokForge.Contracts.Keys;

/// <summary>Administers virtual keys. Unknown ids are <c>RpcException</c> NOT_FOUND, bad fields INVALID_ARGUMENT, in both homes.</summary>
public interface IVirtualKeys
{
    Task<ListKeysReply> ListAsync(ListKeysRequest request, CancellationToken cancellationToken);

    Task<VirtualKeyView> GetAsync(KeyRef request, CancellationToken cancellationToken);

    Task<CreatedKey> CreateAsync(CreateKeyRequest request, CancellationToken cancellationToken);

    Task<VirtualKeyView> UpdateAsync(UpdateKeyRequest request, CancellationToken cancellationToken);

    Task<DeleteKeyReply> DeleteAsync(KeyRef request, CancellationToken cancellationToken);

    Task<CreatedKey> RegenerateAsync(KeyRef request, CancellationToken cancellationToken);

    Task<KeyCounts> CountsAsync(KeyCountsRequest request, CancellationToken cancellationToken);
}
