using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>An answer's hold on connections: its own, over which its pictures come too unless they have a proxy of their own.</summary>
/// <param name="settings">As the request has them, without the clearance of its egress.</param>
internal sealed class ImageWay(ConnectionUse answers, AssetConnections assets, SettingsSnapshot settings) : IDisposable
{
    private AssetUse? _apart;

    public ConnectionUse Answers => answers;

    /// <summary>The connections to ask over, and the settings to ask by.</summary>
    /// <param name="ofAnswer">The settings with the clearance of the answer's egress.</param>
    public async ValueTask<(ConnectionUse Use, SettingsSnapshot Settings)> OpenAsync(SettingsSnapshot ofAnswer, CancellationToken cancellationToken)
    {
        if (settings.Proxy.AssetProxyUrl.Length == 0)
            return (answers, ofAnswer);
        var apart = _apart ??= await assets.UseAsync(settings, cancellationToken);
        return (apart.Connections, apart.Settings);
    }

    public void Dispose()
    {
        answers.Dispose();
        _apart?.Connections.Dispose();
    }
}
