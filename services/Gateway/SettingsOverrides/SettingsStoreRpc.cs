using GrokForge.Contracts.Settings;
using Grpc.Core;

namespace GrokForge.Gateway.SettingsOverrides;

/// <summary>The RPC door of <see cref="ISettingsStore"/>.</summary>
internal sealed class SettingsStoreRpc(ISettingsStore settings) : SettingsStore.SettingsStoreBase
{
    public override Task<PutSettingsReply> Put(PutSettingsRequest request, ServerCallContext context) => settings.PutAsync(request, context.CancellationToken);

    public override Task<GetSettingsReply> Get(GetSettingsRequest request, ServerCallContext context) => settings.GetAsync(request, context.CancellationToken);
}
