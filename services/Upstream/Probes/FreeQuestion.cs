using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Quotas;
using GrokForge.Upstream.Xai;

namespace GrokForge.Upstream.Probes;

/// <summary>Asks with a token what costs nothing: its quota window, or the models of an API key.</summary>
internal sealed class FreeQuestion(RateLimits limits, XaiModels models, CurrentCatalog catalog)
{
    public static string NameFor(string pool) => pool == Pools.Xai ? "models" : "quota";

    /// <summary>Why it was refused; null: it was answered.</summary>
    /// <param name="route">Of the chat that follows, whose window is asked for; null: there is none, and any window does.</param>
    public async Task<Refusal?> RefusedAsync(string pool, Route? route, string secret, SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        if (pool == Pools.Xai)
            return (await models.ReadAsync(settings, secret, cancellationToken)).Refusal;
        var mode = route is { UpstreamMode.Length: > 0 } ? route.UpstreamMode : catalog.Current.Modes.First(m => !m.Local).UpstreamName;
        return (await limits.ReadAsync(settings, secret, mode, cancellationToken)).Refusal;
    }
}
