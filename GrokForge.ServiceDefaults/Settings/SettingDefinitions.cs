using System.Collections.Frozen;
using System.Reflection;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>All settings there are, read once from the option classes.</summary>
internal static class SettingDefinitions
{
    /// <summary>The properties of the snapshot that are tables, by table name.</summary>
    public static FrozenDictionary<string, PropertyInfo> Tables { get; } = typeof(SettingsSnapshot).GetProperties()
        .Where(p => p.IsDefined(typeof(ConfigurationKeyNameAttribute)))
        .ToFrozenDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>In the order of the option classes.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } =
        [.. from table in typeof(SettingsSnapshot).GetProperties()
            where table.IsDefined(typeof(ConfigurationKeyNameAttribute))
            from option in table.PropertyType.GetProperties()
            where option.IsDefined(typeof(ConfigurationKeyNameAttribute))
            select new SettingDefinition(NameOf(table), NameOf(option), option)];

    private static readonly FrozenDictionary<string, SettingDefinition> ByKey = All.ToFrozenDictionary(d => d.Key, StringComparer.Ordinal);

    /// <summary>The setting a dotted key belongs to; for an entry of a table setting (upstream.headers.Accept) also the entry's name.</summary>
    public static SettingDefinition? Find(string key, out string entry)
    {
        entry = "";
        if (ByKey.TryGetValue(key, out var definition))
            return definition;

        foreach (var table in All)
        {
            if (table.Kind != SettingKind.Table || !key.StartsWith(table.Key + ".", StringComparison.Ordinal))
                continue;
            entry = key[(table.Key.Length + 1)..];
            return table;
        }

        return null;
    }

    private static string NameOf(PropertyInfo property) => property.GetCustomAttribute<ConfigurationKeyNameAttribute>()!.Name;
}
