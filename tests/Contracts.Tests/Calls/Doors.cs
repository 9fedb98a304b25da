using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Clearance;
using GrokForge.Contracts.Imagine;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Media;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Settings;
using GrokForge.Contracts.Tokens;
using GrokForge.Contracts.Usage;
using GrokForge.ServiceDefaults.Calls;
using Microsoft.AspNetCore.Builder;

namespace GrokForge.Contracts.Tests.Calls;

/// <summary>One door per conversation that answers UNIMPLEMENTED to whoever gets in.</summary>
internal static class Doors
{
    public static WebApplication MapAll(this WebApplication app) => app
        .MapRpc<TokenLeasingDoor>().MapRpc<TokenAdminDoor>().MapRpc<UpstreamChatDoor>().MapRpc<UpstreamMediaDoor>().MapRpc<UpstreamQuotasDoor>().MapRpc<UpstreamProbesDoor>()
        .MapRpc<UpstreamModelsDoor>().MapRpc<SettingsStoreDoor>().MapRpc<VirtualKeysDoor>().MapRpc<UsageQueriesDoor>().MapRpc<VideoJobsDoor>().MapRpc<MediaStoreDoor>().MapRpc<ClearancesDoor>();

    private sealed class TokenLeasingDoor : TokenLeasing.TokenLeasingBase;

    private sealed class TokenAdminDoor : TokenAdmin.TokenAdminBase;

    private sealed class UpstreamChatDoor : UpstreamChat.UpstreamChatBase;

    private sealed class UpstreamMediaDoor : UpstreamMedia.UpstreamMediaBase;

    private sealed class UpstreamQuotasDoor : UpstreamQuotas.UpstreamQuotasBase;

    private sealed class UpstreamProbesDoor : UpstreamProbes.UpstreamProbesBase;

    private sealed class UpstreamModelsDoor : UpstreamModels.UpstreamModelsBase;

    private sealed class SettingsStoreDoor : SettingsStore.SettingsStoreBase;

    private sealed class VirtualKeysDoor : VirtualKeys.VirtualKeysBase;

    private sealed class UsageQueriesDoor : UsageQueries.UsageQueriesBase;

    private sealed class VideoJobsDoor : VideoJobs.VideoJobs.VideoJobsBase;

    private sealed class MediaStoreDoor : MediaStore.MediaStoreBase;

    private sealed class ClearancesDoor : Clearances.ClearancesBase;
}
