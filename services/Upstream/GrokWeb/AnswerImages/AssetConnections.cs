using System.Net;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Challenges;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>The connections of pictures: those of the answers, or of their own where they leave by proxy.asset_proxy_url, with the clearance of that egress.</summary>
internal sealed class AssetConnections(UpstreamConnections answers, EgressClearance clearances) : IDisposable
{
    private readonly UpstreamConnections _apart = new(DecompressionMethods.GZip | DecompressionMethods.Deflate | DecompressionMethods.Brotli);

    /// <param name="settings">Without the clearance of an egress.</param>
    public async ValueTask<AssetUse> UseAsync(SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        var own = OfPictures(settings);
        var cleared = await clearances.ForAsync(own, cancellationToken);
        return new AssetUse(PoolOf(settings).Use(own), cleared);
    }

    /// <summary>Gives up connections that met a challenge, asks for a solve as chats do, and waits for it.</summary>
    public async Task RecoverAsync(AssetUse challenged, Refusal refusal, SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        PoolOf(settings).Renew(challenged.Connections);
        clearances.Refused(challenged.Cleared, refusal);
        await clearances.SolvedAsync(OfPictures(settings), cancellationToken);
    }

    public void Dispose() => _apart.Dispose();

    private UpstreamConnections PoolOf(SettingsSnapshot settings) => IsApart(settings) ? _apart : answers;

    private static SettingsSnapshot OfPictures(SettingsSnapshot settings) =>
        IsApart(settings) ? settings with { Proxy = settings.Proxy with { BaseProxyUrl = settings.Proxy.AssetEgressUrl } } : settings;

    private static bool IsApart(SettingsSnapshot settings) => settings.Proxy.AssetProxyUrl.Length > 0;
}

/// <summary>A hold on connections for pictures, and what they go by.</summary>
internal sealed record AssetUse(ConnectionUse Connections, Cleared Cleared) : IDisposable
{
    public void Dispose() => Connections.Dispose();
}
