using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Where this process's settings come from, as environment and command line say.</summary>
/// <param name="File">config.toml; null content where the default one does not exist.</param>
/// <param name="IgnoreOverrides">Start without the overrides saved in the database.</param>
internal sealed record SettingsSources(
    WatchedFile File, bool FileExists, SettingLayer FileLayer, SettingLayer Environment, SettingLayer CommandLine, bool IgnoreOverrides)
{
    /// <exception cref="StartRefusedException">A named file is missing, or the file is not TOML.</exception>
    public static SettingsSources Find(IConfigurationRoot configuration, System.Collections.IDictionary variables)
    {
        var named = HostLayers.Switch(configuration, "config");
        var file = new WatchedFile(named is null ? Path.Combine(DataFolder.Home, "config.toml") : Path.GetFullPath(named));
        var content = file.ReadAtStart();
        if (content is null && named is not null)
            throw new StartRefusedException($"The configuration file {file.Path} does not exist; create it or start without --config.");

        var (layer, fault) = Read(content, file.Path);
        return layer is null
            ? throw new StartRefusedException($"{fault}; correct the file and start again.")
            : new(
                file, content is not null, layer, HostLayers.FromEnvironment(variables), HostLayers.FromCommandLine(configuration),
                HostLayers.Switch(configuration, SettingsArguments.IgnoreOverrides) is { } ignore && ignore != "false");
    }

    /// <summary>The settings in a file's content; none where there is no file.</summary>
    public static (SettingLayer? Layer, FileFault? Fault) Read(byte[]? content, string path)
    {
        if (content is null)
            return (SettingLayer.Empty(SettingOrigin.File), null);
        var (tree, fault) = TomlReader.Read(content, path);
        return (tree is null ? null : SettingLayer.FromToml(SettingOrigin.File, tree, path), fault);
    }
}
