using System.Text;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>One setting as an administrator sees it.</summary>
/// <param name="Default">bool, long, double, string, string[], int[] or a dictionary of strings; so is <paramref name="Value"/>.</param>
/// <param name="Rule">What a value must be.</param>
/// <param name="Bootstrap">Cannot be saved as an override.</param>
/// <param name="Value">In force; <see cref="SettingsDescription.Mask"/> for a secret that is set.</param>
/// <param name="Place">File and position, variable or switch; empty for defaults.</param>
/// <param name="Comment">Meaning, unit and range in a sentence.</param>
public sealed record SettingDescription(
    string Key, string Table, string Name, SettingKind Kind, object? Default, string Rule, bool Secret, bool Bootstrap, bool NeedsRestart, object? Value,
    SettingOrigin Origin, string Place, string Comment);

/// <summary>Describes every setting with its value in force and where that comes from.</summary>
public sealed class SettingsDescription
{
    /// <summary>Stands for a secret that is set; put back unchanged it means "as it is".</summary>
    public const string Mask = "********";

    private static readonly Lazy<Dictionary<string, string>> Comments = new(ReadComments);

    private readonly LiveSettings _settings;

    internal SettingsDescription(LiveSettings settings) => _settings = settings;

    public IReadOnlyList<SettingDescription> Describe()
    {
        var origins = _settings.Build.Origins;
        var (current, defaults) = (_settings.Current.Current, new SettingsSnapshot());
        return [.. SettingDefinitions.All.Select(d => Describe(d, current, defaults, origins))];
    }

    private static SettingDescription Describe(
        SettingDefinition definition, SettingsSnapshot current, SettingsSnapshot defaults, IReadOnlyDictionary<string, (SettingOrigin Origin, string Place)> origins)
    {
        var table = SettingDefinitions.Tables[definition.Table];
        var value = definition.Property.GetValue(table.GetValue(current));
        var given = origins.Where(o => o.Key == definition.Key || (definition.Kind == SettingKind.Table && o.Key.StartsWith(definition.Key + ".", StringComparison.OrdinalIgnoreCase)))
            .Select(o => o.Value).OrderByDescending(o => o.Origin).FirstOrDefault();
        return new(
            definition.Key, definition.Table, definition.Name, definition.Kind, definition.Property.GetValue(table.GetValue(defaults)), definition.Rule, definition.Secret,
            definition.Bootstrap, definition.NeedsRestart, definition.Secret && value is string { Length: > 0 } ? Mask : value, given.Origin,
            given.Origin == SettingOrigin.Default ? "" : given.Place, Comments.Value.GetValueOrDefault(definition.Key, ""));
    }

    // The comment lines straight above a key of config.defaults.toml.
    private static Dictionary<string, string> ReadComments()
    {
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        var (table, comment) = ("", new StringBuilder());
        foreach (var line in Encoding.UTF8.GetString(EmbeddedFile.Bytes(EmbeddedFile.ConfigDefaults)).Split('\n').Select(l => l.Trim()))
        {
            if (line.StartsWith('#'))
            {
                comment.Append(comment.Length > 0 ? " " : "").Append(line[1..].Trim());
                continue;
            }

            if (line.StartsWith('['))
                table = line.Trim('[', ']');
            var key = line.StartsWith('[') ? table : line.Split('=')[0].Trim() is { Length: > 0 } name ? $"{table}.{name}" : "";
            if (key.Length > 0)
                comments[key] = comment.ToString();
            comment.Clear();
        }

        return comments;
    }
}
