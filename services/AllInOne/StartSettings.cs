using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.AllInOne;

/// <summary>Reads the settings as a server would, for verbs that need to know where a server is before any is built.</summary>
internal static class StartSettings
{
    public static SettingsSnapshot Read(string[] settings) => StartUp.CreateBuilder(settings).AddSettings("allinone").Current;
}
