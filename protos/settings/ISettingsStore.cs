namespace GrokForge.Contracts.Settings;

/// <summary>Keeps saved settings overrides. A stale version is <c>RpcException</c> ABORTED, a bad value INVALID_ARGUMENT, in both homes.</summary>
public interface ISettingsStore
{
    Task<PutSettingsReply> PutAsync(PutSettingsRequest request, CancellationToken cancellationToken);

    Task<GetSettingsReply> GetAsync(GetSettingsRequest request, CancellationToken cancellationToken);
}
