using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>An answer's hold on connections: its own, and those of its pictures.</summary>
/// <param name="settings">As the request has them, without the clearance of its egress.</param>
internal sealed class ImageWay(ConnectionUse answers, AssetConnections assets, SettingsSnapshot settings) : IDisposable
{
    private AssetUse? _pictures;

    public ConnectionUse Answers => answers;

    /// <summary>The connections of pictures, and what to ask by; the same until a challenge is met.</summary>
    public async ValueTask<AssetUse> OpenAsync(CancellationToken cancellationToken) => _pictures ??= await assets.UseAsync(settings, cancellationToken);

    /// <summary>A picture met a challenge: the next one goes over fresh connections, with a new clearance where there is a solver, which this waits for.</summary>
    public async Task RecoverAsync(Refusal refusal, CancellationToken cancellationToken)
    {
        if (_pictures is not { } challenged)
            return;
        _pictures = null;
        using (challenged)
            await assets.RecoverAsync(challenged, refusal, settings, cancellationToken);
    }

    public void Dispose()
    {
        answers.Dispose();
        _pictures?.Dispose();
    }
}
