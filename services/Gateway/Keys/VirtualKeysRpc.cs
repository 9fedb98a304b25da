using GrokForge.Contracts.Keys;
using Grpc.Core;

namespace GrokForge.Gateway.Keys;

/// <summary>The RPC door of <see cref="IVirtualKeys"/>.</summary>
internal sealed class VirtualKeysRpc(IVirtualKeys keys) : VirtualKeys.VirtualKeysBase
{
    public override Task<ListKeysReply> List(ListKeysRequest request, ServerCallContext context) => keys.ListAsync(request, context.CancellationToken);

    public override Task<VirtualKeyView> Get(KeyRef request, ServerCallContext context) => keys.GetAsync(request, context.CancellationToken);

    public override Task<CreatedKey> Create(CreateKeyRequest request, ServerCallContext context) => keys.CreateAsync(request, context.CancellationToken);

    public override Task<VirtualKeyView> Update(UpdateKeyRequest request, ServerCallContext context) => keys.UpdateAsync(request, context.CancellationToken);

    public override Task<DeleteKeyReply> Delete(KeyRef request, ServerCallContext context) => keys.DeleteAsync(request, context.CancellationToken);

    public override Task<CreatedKey> Regenerate(KeyRef request, ServerCallContext context) => keys.RegenerateAsync(request, context.CancellationToken);

    public override Task<KeyCounts> Counts(KeyCountsRequest request, ServerCallContext context) => keys.CountsAsync(request, context.CancellationToken);
}
