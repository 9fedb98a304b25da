using System.Collections;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Settings.Toml;
using Microsoft.Extensions.Configuration;

namespace GrokForge.Unit.Tests.Settings;

/// <summary>Builds settings from texts, as the module does from the machine.</summary>
internal static class SettingsUnderTest
{
    public static LiveSettings Start(string file = "", IDictionary? environment = null, params string[] arguments) =>
        new(File(file), HostLayers.FromEnvironment(environment ?? new Hashtable()), CommandLine(arguments));

    public static SettingLayer File(string toml)
    {
        var (tree, fault) = TomlReader.Read(toml, "config.toml");
        Assert.Null(fault);
        return SettingLayer.FromToml(SettingOrigin.File, tree!, "config.toml");
    }

    public static string Refusal(string file) => Assert.Throws<StartRefusedException>(() => Start(file)).Message;

    private static SettingLayer CommandLine(string[] arguments) =>
        HostLayers.FromCommandLine(new ConfigurationBuilder().AddCommandLine(arguments).Build());
}
