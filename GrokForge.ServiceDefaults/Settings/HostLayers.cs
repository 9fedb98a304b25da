using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.Memory;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Settings given by the environment (GROKFORGE_APP__PORT) and on the command line (--app:port=…).</summary>
internal static class HostLayers
{
    private const string Prefix = "GROKFORGE_";

    /// <summary>Variables with a double underscore after the prefix; the others (GROKFORGE_MASTER_KEY, GROKFORGE_GRPC_PORT) are no settings.</summary>
    public static SettingLayer FromEnvironment(IDictionary variables)
    {
        List<RawSetting> settings = [];
        foreach (DictionaryEntry variable in variables)
        {
            var name = (string)variable.Key;
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || !name.Contains("__", StringComparison.Ordinal))
                continue;
            var key = name[Prefix.Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal);
            settings.Add(new(key, (string?)variable.Value ?? "", name));
        }

        return new(SettingOrigin.Environment, JoinLists(settings));
    }

    /// <summary>The command line as the host parsed it, and what an embedding program put into the configuration.</summary>
    public static SettingLayer FromCommandLine(IConfigurationRoot configuration)
    {
        Dictionary<string, RawSetting> settings = new(StringComparer.OrdinalIgnoreCase);
        foreach (var provider in Given(configuration))
        {
            foreach (var table in SettingDefinitions.Tables.Keys)
                Collect(provider, table, settings);
        }

        return new(SettingOrigin.CommandLine, JoinLists([.. settings.Values]));
    }

    /// <summary>A switch such as --config, or null. The environment does not count: a variable CONFIG means something else to other programs.</summary>
    public static string? Switch(IConfigurationRoot configuration, string name)
    {
        string? value = null;
        foreach (var provider in Given(configuration))
            value = provider.TryGet(name, out var given) ? given : value;
        return value;
    }

    private static IEnumerable<IConfigurationProvider> Given(IConfigurationRoot configuration) =>
        configuration.Providers.Where(p => p is CommandLineConfigurationProvider or MemoryConfigurationProvider);

    private static void Collect(IConfigurationProvider provider, string path, Dictionary<string, RawSetting> settings)
    {
        foreach (var child in provider.GetChildKeys([], path).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var full = $"{path}:{child}";
            if (provider.TryGet(full, out var value) && value is not null)
            {
                var key = full.Replace(':', '.');
                // Names of settings are lower case; those of a table setting's entries are the operator's.
                key = SettingDefinitions.Find(key, out var entry) is null || entry.Length == 0 ? key.ToLowerInvariant() : key;
                settings[key] = new(key, value, "--" + full);
            }

            Collect(provider, full, settings);
        }
    }

    // GROKFORGE_APP__CORS_ORIGINS__0=a and …__1=b are one list.
    private static List<RawSetting> JoinLists(List<RawSetting> settings)
    {
        foreach (var list in SettingDefinitions.All.Where(d => d.Kind is SettingKind.List or SettingKind.Wholes))
        {
            var items = settings.Where(s => IndexIn(list, s) is not null).OrderBy(s => IndexIn(list, s)).ToList();
            if (items.Count == 0)
                continue;
            settings.RemoveAll(s => s.Key == list.Key || items.Contains(s));
            settings.Add(new(list.Key, items.Select(i => (string)i.Value).ToArray(), items[0].Place));
        }

        return settings;
    }

    private static int? IndexIn(SettingDefinition list, RawSetting setting) =>
        setting.Key.StartsWith(list.Key + ".", StringComparison.Ordinal)
        && int.TryParse(setting.Key.AsSpan(list.Key.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}
