using System.Net;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Challenges;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>The connections of pictures and files that leave by proxy.asset_proxy_url, with the clearance of that egress.</summary>
internal sealed class AssetConnections(EgressClearance clearances) : IDisposable
{
    private readonly UpstreamConnections _connections = new(DecompressionMethods.GZip | DecompressionMethods.Deflate | DecompressionMethods.Brotli);

    public async ValueTask<AssetUse> UseAsync(SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        var apart = settings with { Proxy = settings.Proxy with { BaseProxyUrl = settings.Proxy.AssetEgressUrl } };
        var cleared = await clearances.ForAsync(apart, cancellationToken);
        return new AssetUse(_connections.Use(apart), cleared.Settings);
    }

    public void Dispose() => _connections.Dispose();
}

/// <summary>A hold on connections for pictures, and the settings to ask by.</summary>
internal sealed record AssetUse(ConnectionUse Connections, SettingsSnapshot Settings);
