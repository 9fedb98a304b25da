using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.AllInOne;

/// <summary>Reads the settings as a server would, for verbs that need to know where a server is before any is built.</summary>
internal static class StartSettings
{
    public static SettingsSnapshot Read(string[] settings) => StartUp.CreateBuilder(settings).AddSettings("allinone").Current;

    /// <summary>Where a server with these settings is to be asked from this machine: as it listens, clear text before TLS.</summary>
    public static Uri Address(string[] settings)
    {
        var builder = StartUp.CreateBuilder(settings);
        var door = GrpcDefaults.HttpAddresses(builder.Configuration, builder.AddSettings("allinone").Current)
            .Where(a => !a.IsUnixPipe).OrderBy(a => a.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase)).FirstOrDefault()
            ?? throw new StartRefusedException("The server listens on no TCP port; ask its socket instead.");
        return new Uri(ServerAddressFile.LoopbackOf($"{door.Scheme}://{door.Host}:{door.Port}"));
    }
}
