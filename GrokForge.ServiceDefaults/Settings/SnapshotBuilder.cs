using System.Collections.Frozen;
using System.Globalization;
using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Merges all sources, binds every table and validates the whole: the only way a snapshot comes into being.</summary>
internal sealed class SnapshotBuilder
{
    private const int LongestShownValue = 80;

    private readonly List<SettingProblem> _problems = [];
    private readonly List<SettingProblem> _warnings = [];
    private readonly Dictionary<string, (RawSetting Raw, SettingOrigin Origin)> _merged = new(StringComparer.OrdinalIgnoreCase);

    private SnapshotBuilder()
    {
    }

    /// <param name="layers">Weakest first.</param>
    /// <param name="strictSaved">Whether a saved key that this version does not know is refused. Reading is lenient: another version may have saved it.</param>
    public static SnapshotBuild Build(IEnumerable<SettingLayer> layers, long overridesVersion, bool strictSaved = false)
    {
        var builder = new SnapshotBuilder();
        foreach (var layer in layers)
            builder.Merge(layer, strictSaved);

        var snapshot = builder.Bind(overridesVersion);
        if (builder._problems.Count == 0)
            builder._problems.AddRange(CrossRules.Check(snapshot));
        builder._warnings.AddRange(CrossRules.Warn(snapshot));
        return new(
            builder._problems.Count == 0 ? snapshot : null, builder._problems, builder._warnings,
            builder._merged.ToDictionary(m => m.Key, m => (m.Value.Origin, m.Value.Raw.Place), StringComparer.OrdinalIgnoreCase));
    }

    private void Merge(SettingLayer layer, bool strictSaved)
    {
        foreach (var raw in layer.Settings)
        {
            var definition = SettingDefinitions.Find(raw.Key, out var entry);
            var lenient = layer.Origin == SettingOrigin.Saved && !strictSaved;
            if (definition is null)
                MergeUnknown(raw, lenient);
            else if (definition.Bootstrap && layer.Origin == SettingOrigin.Saved)
                (lenient ? _warnings : _problems).Add(new(raw.Key, raw.Place, $"{raw.Key} is needed before saved settings are read; set it in config.toml, the environment or on the command line"));
            else if (definition.Kind == SettingKind.Table && entry.Length == 0)
                MergeTable(definition, raw, layer.Origin);
            else
                _merged[raw.Key] = (raw, layer.Origin);
        }
    }

    private void MergeUnknown(RawSetting raw, bool lenient)
    {
        if (SeedKeys.IsRetired(raw.Key))
            _warnings.Add(new(raw.Key, raw.Place, $"{raw.Key} is retired and has no effect; remove it"));
        else if (SeedKeys.Dormant.Contains(raw.Key))
            _warnings.Add(new(raw.Key, raw.Place, $"{raw.Key} has no effect in this version"));
        else if (lenient)
            _warnings.Add(new(raw.Key, raw.Place, $"{raw.Key} is not known to this version and has no effect"));
        else if (SettingDefinitions.Tables.ContainsKey(raw.Key))
            _problems.Add(new(raw.Key, raw.Place, $"{raw.Key} is a table; write [{raw.Key}] and its settings below it"));
        else
        {
            var hint = KeyHints.For(raw.Key, SettingDefinitions.All.Select(d => d.Key).Concat(SeedKeys.Dormant));
            _problems.Add(new(raw.Key, raw.Place, hint is null ? $"{raw.Key} is not a setting; remove it" : $"{raw.Key} is not a setting; did you mean {hint}?"));
        }
    }

    // An inline table saved as one override: each entry counts by itself.
    private void MergeTable(SettingDefinition definition, RawSetting raw, SettingOrigin origin)
    {
        var tree = raw.Value is string text ? TomlReader.Read("value = " + text, raw.Place).Tree : null;
        if (tree is not { Entries.Count: 1 } || !tree.Entries.TryGetValue("value", out var node) || node.Value is not TomlTree table)
        {
            _problems.Add(new(raw.Key, raw.Place, $"{raw.Key} must be a table of {definition.Rule}"));
            return;
        }

        foreach (var (name, value) in table.Entries)
            _merged[$"{definition.Key}.{name}"] = (new($"{definition.Key}.{name}", value, raw.Place), origin);
    }

    private SettingsSnapshot Bind(long overridesVersion)
    {
        var given = _merged.Where(m => m.Value.Origin != SettingOrigin.Default).Select(m => m.Key).ToFrozenSet(StringComparer.Ordinal);
        var snapshot = new SettingsSnapshot { OverridesVersion = overridesVersion, Given = given };
        foreach (var table in SettingDefinitions.Tables.Values)
            table.SetValue(snapshot, Activator.CreateInstance(table.PropertyType));

        foreach (var definition in SettingDefinitions.All)
        {
            var options = SettingDefinitions.Tables[definition.Table].GetValue(snapshot)!;
            if (definition.Kind == SettingKind.Table)
                BindTable(definition, options);
            else if (_merged.TryGetValue(definition.Key, out var value) && Value(definition, value.Raw, value.Origin) is { } converted)
                definition.Property.SetValue(options, converted);
        }

        return snapshot;
    }

    private object? Value(SettingDefinition definition, RawSetting raw, SettingOrigin origin)
    {
        var value = SettingConversion.Convert(definition, raw, origin);
        if (value is not null && definition.Accepts(value))
            return value;

        _problems.Add(new(raw.Key, raw.Place, $"{raw.Key} is {Shown(definition, raw, origin)} but must be {definition.Rule}"));
        return null;
    }

    private void BindTable(SettingDefinition definition, object options)
    {
        var entries = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, (raw, origin)) in _merged.Where(m => m.Key.StartsWith(definition.Key + ".", StringComparison.OrdinalIgnoreCase)))
        {
            var name = raw.Key[(definition.Key.Length + 1)..];
            if (SettingConversion.Convert(definition, raw, origin) is string text && definition.Accepts(new Dictionary<string, string> { [name] = text }))
                entries[name] = text;
            else
                _problems.Add(new(key, raw.Place, $"{key} is {Shown(definition, raw, origin)} but {definition.Key} takes {definition.Rule}"));
        }

        definition.Property.SetValue(options, entries);
    }

    private static string Shown(SettingDefinition definition, RawSetting raw, SettingOrigin origin)
    {
        if (definition.Secret)
            return SettingsDescription.Mask;
        var shown = raw.Value switch
        {
            TomlNode { Value: string text } => $"\"{text}\"",
            TomlNode { Value: List<TomlNode> list } => $"[{string.Join(", ", list.Select(i => Convert.ToString(i.Value, CultureInfo.InvariantCulture)))}]",
            TomlNode { Value: bool truth } => truth ? "true" : "false",
            TomlNode node => Convert.ToString(node.Value, CultureInfo.InvariantCulture) ?? "",
            string text when origin == SettingOrigin.Saved => text,
            string[] list => $"[{string.Join(", ", list)}]",
            var other => $"\"{other}\"",
        };
        shown = shown.ReplaceLineEndings(" ");
        return shown.Length > LongestShownValue ? shown[..LongestShownValue] + "…" : shown;
    }
}
