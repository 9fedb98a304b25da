using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Where a setting's value comes from, weakest first.</summary>
public enum SettingOrigin { Default, File, Environment, CommandLine, Saved }

/// <summary>A value as its source gives it.</summary>
/// <param name="Value">A <see cref="TomlNode"/>, or the text of the environment, of the command line or of a saved override.</param>
/// <param name="Place">For messages: file and position, variable, switch, or "saved override".</param>
internal sealed record RawSetting(string Key, object Value, string Place);

/// <summary>All values of one source.</summary>
internal sealed record SettingLayer(SettingOrigin Origin, IReadOnlyList<RawSetting> Settings)
{
    public static SettingLayer Empty(SettingOrigin origin) => new(origin, []);

    /// <summary>The values of a TOML file by dotted key.</summary>
    public static SettingLayer FromToml(SettingOrigin origin, TomlTree tree, string file)
    {
        List<RawSetting> settings = [];
        Flatten("", tree, file, settings);
        return new(origin, settings);
    }

    /// <summary>Saved overrides by dotted key, as TOML value text in clear.</summary>
    public static SettingLayer FromSaved(IReadOnlyDictionary<string, string> values) =>
        new(SettingOrigin.Saved, [.. values.Select(v => new RawSetting(v.Key, v.Value, "saved override"))]);

    private static void Flatten(string prefix, TomlTree tree, string file, List<RawSetting> settings)
    {
        foreach (var (name, node) in tree.Entries)
        {
            var key = prefix + name;
            if (node.Value is TomlTree inner)
                Flatten(key + ".", inner, file, settings);
            else
                settings.Add(new(key, node, $"{file}({node.Line},{node.Column})"));
        }
    }
}
