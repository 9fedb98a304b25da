using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Config;

/// <summary>The settings in force in the shape of the seed's GET /admin/config: by table, secrets masked, and the version of the saved overrides.</summary>
internal sealed class ConfigView(SettingsDescription description, CurrentSettings settings, OverridesRefresh refresh)
{
    public const string Version = "version";

    // Tables of the seed whose settings do not act yet stay in the shape, empty.
    private static readonly string[] Tables = ["app", "image", "proxy", "retry", "token", "cache", "upstream"];

    /// <summary>Takes what another process has saved.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => refresh.NowAsync(cancellationToken);

    public Dictionary<string, object?> Read()
    {
        var version = Math.Max(0, settings.Current.OverridesVersion);
        var view = Tables.ToDictionary(t => t, object? (_) => new Dictionary<string, object?>(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var setting in description.Describe())
        {
            if (!view.TryGetValue(setting.Table, out var table))
                view[setting.Table] = table = new Dictionary<string, object?>(StringComparer.Ordinal);
            ((Dictionary<string, object?>)table!)[setting.Name] = Shown(setting);
        }

        view[Version] = version;
        return view;
    }

    /// <summary>What a setting looks like to an administrator; put back unchanged it means "as it is".</summary>
    public object? Shown(SettingDescription setting) =>
        setting.Key switch
        {
            "proxy.base_proxy_url" => ProxyUrl.Masked(settings.Current.Proxy.BaseProxyUrl),
            "proxy.asset_proxy_url" => ProxyUrl.Masked(settings.Current.Proxy.AssetProxyUrl),
            _ => setting.Value,
        };
}
