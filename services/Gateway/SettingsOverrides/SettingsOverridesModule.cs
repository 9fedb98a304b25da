using GrokForge.Contracts.Settings;
using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.Gateway.SettingsOverrides;

/// <summary>Wires the saving of settings overrides.</summary>
internal static class SettingsOverridesModule
{
    public static WebApplicationBuilder AddSettingsOverrides(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ISettingsStore, SettingsKeeper>();
        return builder;
    }

    public static WebApplication MapSettingsOverridesRpc(this WebApplication app)
    {
        app.MapRpc<SettingsStoreRpc>();
        return app;
    }
}
