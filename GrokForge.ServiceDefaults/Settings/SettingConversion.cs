using System.Globalization;
using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Turns values as their sources give them into the types of the options. Null: the value has not the form the setting needs.</summary>
internal static class SettingConversion
{
    public static object? Convert(SettingDefinition definition, RawSetting raw, SettingOrigin origin)
    {
        var value = raw.Value switch
        {
            TomlNode node => FromToml(definition.Kind, node.Value),
            string text when origin == SettingOrigin.Saved => FromSaved(definition.Kind, text),
            string text => FromText(definition.Kind, text),
            string[] items when definition.Kind == SettingKind.Wholes => Wholes(items),
            var other => other,
        };
        return value is long whole && definition.Property.PropertyType == typeof(int) ? (object)Narrow(whole) : value;
    }

    /// <summary>A saved text is a TOML value; a text setting may also be saved without quotes.</summary>
    public static object? FromSaved(SettingKind kind, string text)
    {
        // What looks like more than one value ("1\nb = 2") is none.
        var read = TomlReader.Read("value = " + text, "override").Tree;
        var value = read is { Entries.Count: 1 } && read.Entries.TryGetValue("value", out var node) ? FromToml(kind, node.Value) : null;
        return value ?? (kind == SettingKind.Text && !text.StartsWith('"') ? text : null);
    }

    private static object? FromToml(SettingKind kind, object value) => kind switch
    {
        SettingKind.Text or SettingKind.Table => value as string,
        SettingKind.Whole => value as long?,
        SettingKind.Number => value switch { long whole => (double)whole, double number when double.IsFinite(number) => number, _ => null },
        SettingKind.Switch => value as bool?,
        SettingKind.List => value is List<TomlNode> list && list.All(i => i.Value is string) ? list.Select(i => (string)i.Value).ToArray() : null,
        SettingKind.Wholes => value is List<TomlNode> list && list.All(i => i.Value is long) ? list.Select(i => Narrow((long)i.Value)).ToArray() : null,
        _ => null,
    };

    private static object? FromText(SettingKind kind, string text) => kind switch
    {
        SettingKind.Text or SettingKind.Table => text,
        SettingKind.Whole => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var whole) ? whole : null,
        SettingKind.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
        SettingKind.Switch => text.Trim().ToLowerInvariant() switch { "true" or "1" => true, "false" or "0" => false, _ => null },
        SettingKind.List or SettingKind.Wholes when text.TrimStart().StartsWith('[') => FromSaved(kind, text),
        SettingKind.List => Items(text),
        SettingKind.Wholes => Wholes(Items(text)),
        _ => null,
    };

    private static string[] Items(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static int[]? Wholes(string[] items) =>
        Array.TrueForAll(items, i => long.TryParse(i, NumberStyles.Integer, CultureInfo.InvariantCulture, out _))
            ? Array.ConvertAll(items, i => Narrow(long.Parse(i, CultureInfo.InvariantCulture)))
            : null;

    // Outside an int's range it is outside every option's range too; the nearest int fails the same rule.
    private static int Narrow(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);
}
