using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Settings;

/// <summary>Reaches the owner of <see cref="ISettingsStore"/> over gRPC.</summary>
public sealed class RemoteSettingsStore(SettingsStore.SettingsStoreClient client) : ISettingsStore
{
    public Task<PutSettingsReply> PutAsync(PutSettingsRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.PutAsync, request, CallLimits.Admin, cancellationToken);

    public Task<GetSettingsReply> GetAsync(GetSettingsRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.GetAsync, request, CallLimits.Admin, cancellationToken);
}
