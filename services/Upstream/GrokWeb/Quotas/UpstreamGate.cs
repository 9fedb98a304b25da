using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Quotas;

/// <summary>Says whether Grok's web application is left alone because it fails as a whole: what chats have found out holds for questions beside them too.</summary>
internal sealed class UpstreamGate(UpstreamBreakers breakers, IEnumerable<IChatProvider> providers)
{
    private readonly IChatProvider _web = providers.First(p => p.Name == GrokWebProvider.ProviderName);

    /// <summary>How long it is still left alone; null: it may be asked. After the pause a question may go before any chat does: else a pool that nobody uses would never be read again.</summary>
    public TimeSpan? ClosedFor(SettingsSnapshot settings) => breakers.For(_web, settings)?.Left is { Ticks: > 0 } left ? left : null;
}
