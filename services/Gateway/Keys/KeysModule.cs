using GrokForge.Contracts.Events;
using GrokForge.Contracts.Keys;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.Gateway.Keys;

/// <summary>Wires virtual keys: issuing them, and letting requests in by them.</summary>
internal static class KeysModule
{
    public static WebApplicationBuilder AddKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KeyDirectory>().AddSingleton<UnknownKeyBudget>().AddSingleton<VirtualKeyFilter>();
        builder.Services.AddSingleton<IVirtualKeys, KeyIssuer>();
        return builder.AddBroadcastConsumer<KeyChangeConsumer, VirtualKeyChanged>();
    }

    public static WebApplication MapKeysRpc(this WebApplication app)
    {
        app.MapRpc<VirtualKeysRpc>();
        return app;
    }
}
